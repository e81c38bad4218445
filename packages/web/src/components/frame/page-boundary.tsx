import { Component, type ReactNode } from "react";
import { ErrorState } from "../core/states.tsx";

interface PageBoundaryProps {
  children: ReactNode;
}

interface PageBoundaryState {
  error: Error | null;
}

/** Draws an error of a page in its place, so that the navigation stays. Only a class can catch it. */
export class PageBoundary extends Component<PageBoundaryProps, PageBoundaryState> {
  override state: PageBoundaryState = { error: null };

  static getDerivedStateFromError(cause: unknown): PageBoundaryState {
    return { error: cause instanceof Error ? cause : new Error(String(cause)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <main id="content">
        <ErrorState
          title="This page could not be drawn"
          error={error}
          onRetry={() => window.location.reload()}
        />
      </main>
    );
  }
}
