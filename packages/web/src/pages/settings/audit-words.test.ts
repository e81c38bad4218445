import { expect, it } from "vitest";
import { describeActor, describeChange, describeDetail } from "./audit-words.ts";

const actor = { kind: "key" as const, name: "admin", keyId: "abc", address: null };

it("says who it was", () => {
  expect(describeActor(actor)).toBe("admin");
  expect(describeActor({ ...actor, name: "" })).toBe("key abc");
  expect(describeActor({ ...actor, kind: "nobody", name: "" })).toBe("without a key");
  expect(describeActor({ ...actor, kind: "owner", name: "root" })).toBe("root, command line");
  expect(describeActor({ ...actor, kind: "server", name: "" })).toBe("the server");
});

it("says what was done, also what it has no words for", () => {
  expect(describeChange({ action: "key.revoke", target: "abc" })).toBe("revoked the key abc");
  expect(describeChange({ action: "reprice.preview", target: "" })).toBe(
    "previewed a recalculation of costs",
  );
  expect(describeChange({ action: "POST /api/new", target: "/api/new" })).toBe("POST /api/new");
});

it("tells details in words and leaves out what is not set", () => {
  const detail = {
    name: "checkout",
    scopes: ["ingest", "read"],
    maxRequestsPerSecond: null,
    maxBytesPerSecond: 5000,
    comment: "",
    usdPerMillion: { input: 1 },
  };
  expect(describeDetail(detail)).toBe(
    'name checkout · scopes ingest, read · max bytes per second 5,000 · usd per million {"input":1}',
  );
});
