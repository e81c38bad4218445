import { createLiveFeed, type LiveFeed } from "../api/live.ts";

/** What tells pages that something of their project was stored. */
export interface LiveFeeds {
  of(project: string): LiveFeed;
  notifyStored(projects: ReadonlySet<string>): void;
  /** Lets everyone who waits go. */
  close(): void;
}

/** `startedAt` tells cursors of this run from those of an earlier one. */
export function createLiveFeeds(startedAt: string): LiveFeeds {
  const feeds = new Map<string, LiveFeed>();
  return {
    of(project) {
      const feed = feeds.get(project) ?? createLiveFeed(startedAt);
      feeds.set(project, feed);
      return feed;
    },
    notifyStored(projects) {
      for (const project of projects) feeds.get(project)?.notifyStored();
    },
    close() {
      for (const feed of feeds.values()) feed.close();
    },
  };
}
