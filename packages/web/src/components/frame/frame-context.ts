import { createContext } from "react";

/** Opens the go-to window. */
export const FrameContext = createContext<() => void>(() => undefined);
