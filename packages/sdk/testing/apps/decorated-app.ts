// A class with decorated methods, as TypeScript and esbuild compile TC39 decorators.
import { init, observe, shutdown } from "@spanlight/sdk";

class Support {
  readonly #greeting = "Hello";

  @observe({ as: "agent", name: "support" })
  async answer(question: string): Promise<string> {
    return `${this.#greeting}, ${await this.search(question)}`;
  }

  @observe({ as: "retrieval" })
  search(query: string): Promise<string> {
    return Promise.resolve(query.toUpperCase());
  }

  @observe()
  static count(...items: number[]): number {
    return items.length;
  }
}

init({ service: "decorated" });
const answer = await new Support().answer("why");
process.stdout.write(
  `${answer} ${Support.count(1, 2)} ${Support.count.name} ${Support.prototype.search.length}`,
);
await shutdown();
