import type { ChatCompletionMessageParam } from "openai/resources/chat/completions";

/** The conversations so far, newest turns only. */
export interface Sessions {
  read(session: string): readonly ChatCompletionMessageParam[];
  append(session: string, turns: readonly ChatCompletionMessageParam[]): void;
}

/** Past this many turns the oldest are forgotten: four exchanges are what a support talk needs. */
const mostTurns = 8;
/** Past this many sessions the oldest is forgotten. */
const mostSessions = 500;

export function createSessions(): Sessions {
  const turnsBySession = new Map<string, ChatCompletionMessageParam[]>();
  return {
    read: (session) => turnsBySession.get(session) ?? [],
    append(session, turns) {
      const kept = [...(turnsBySession.get(session) ?? []), ...turns].slice(-mostTurns);
      turnsBySession.delete(session);
      turnsBySession.set(session, kept);
      const [oldest] = turnsBySession.keys();
      if (turnsBySession.size > mostSessions && oldest !== undefined) turnsBySession.delete(oldest);
    },
  };
}
