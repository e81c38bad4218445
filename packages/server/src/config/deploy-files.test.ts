// The files for Docker, Compose and Helm: that they can be read, and that every setting they name exists.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { readSettings } from "./config.ts";

const deploy = join(import.meta.dirname, "../../../../deploy");
const folders = ["docker", "compose", "helm"];
const files = folders.flatMap((folder) =>
  readdirSync(join(deploy, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name)),
);
const known = new Set(
  [...readFileSync(join(import.meta.dirname, "config.ts"), "utf8").matchAll(/^ {2}(\w+):/gm)].map(
    ([, name]) => `SPANLIGHT_${(name ?? "").toUpperCase()}`,
  ),
);

interface Compose {
  readonly services: Record<
    string,
    { readonly environment?: Record<string, string>; readonly depends_on?: string[] }
  >;
}

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Record<string, string> };
  readonly spec: {
    readonly serviceName?: string;
    readonly selector: Record<string, string>;
    readonly ports?: readonly { readonly port: number; readonly targetPort: string }[];
    readonly template?: {
      readonly metadata: { readonly labels: Record<string, string> };
      readonly spec: {
        readonly containers: readonly {
          readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
          readonly securityContext: Record<string, unknown>;
        }[];
      };
    };
  };
}

const readCompose = (name: string): Compose =>
  parse(readFileSync(join(deploy, "compose", name), "utf8"), { merge: true }) as Compose;

describe("the files for Docker, Compose and Helm", () => {
  it.each(files)("%s names settings that exist", (file) => {
    const named = [...readFileSync(file, "utf8").matchAll(/SPANLIGHT_[A-Z_]+/g)].map(([name]) => name);
    for (const name of named) expect([...known]).toContain(name);
  });

  it.each(["compose.yaml", "compose.cluster.yaml"])("%s starts servers with settings they take", (name) => {
    const { services } = readCompose(name);
    const servers = Object.entries(services).filter(([service]) => service.startsWith("spanlight"));
    expect(servers.length).toBeGreaterThan(0);
    for (const [, { environment = {} }] of servers) {
      const filled = Object.entries(environment).map(([key, value]) => [
        key,
        value.replaceAll(/\$\{\w+[^}]*\}/g, "x".repeat(16)),
      ]);
      expect(() =>
        readSettings({ environment: Object.fromEntries(filled) as Record<string, string>, flags: {} }),
      ).not.toThrow();
    }
    for (const { depends_on: needed = [] } of Object.values(services)) {
      for (const other of needed) expect(Object.keys(services)).toContain(other);
    }
  });

  it("give each server of the cluster a number of its own", () => {
    const writers = Object.values(readCompose("compose.cluster.yaml").services)
      .map(({ environment }) => environment?.["SPANLIGHT_WRITER"])
      .filter((writer) => writer !== undefined);
    expect(new Set(writers).size).toBe(writers.length);
    expect(writers.length).toBeGreaterThan(1);
  });

  it("have a chart whose values are all used, and whose templates use only values there are", () => {
    const chart = join(deploy, "helm/spanlight");
    const values = parse(readFileSync(join(chart, "values.yaml"), "utf8")) as Record<string, unknown>;
    const templates = readdirSync(join(chart, "templates"))
      .map((name) => readFileSync(join(chart, "templates", name), "utf8"))
      .join("\n");
    const used = new Set<string>([...templates.matchAll(/\.Values\.(\w+)/g)].map(([, name]) => name ?? ""));
    expect([...used].toSorted()).toEqual(Object.keys(values).toSorted());
    expect(templates.split("{{").length).toBe(templates.split("}}").length);
    expect(parseAllDocuments(readFileSync(join(chart, "Chart.yaml"), "utf8"))).toHaveLength(1);
  });

  it("have a chart whose templates are objects that belong together", () => {
    const templates = join(deploy, "helm/spanlight/templates");
    /** A template with every value filled in and every branch taken: `helm` itself is not needed to see that it is YAML. */
    const read = (name: string): KubernetesObject => {
      const text = readFileSync(join(templates, name), "utf8")
        .replaceAll(/^\s*\{\{-[^\n]*\}\}\n/gm, "")
        .replaceAll(/\{\{-[^}]*\}\}/g, " {}")
        .replaceAll(/\{\{[^}]*\}\}/g, "filled");
      return parse(text) as KubernetesObject;
    };
    const [service, pods] = [read("service.yaml"), read("statefulset.yaml")];
    expect([service.kind, pods.kind]).toEqual(["Service", "StatefulSet"]);
    expect([service.metadata.name, pods.metadata.name, pods.spec.serviceName]).toEqual([
      "filled",
      "filled",
      "filled",
    ]);
    expect(service.spec.selector).toEqual(pods.spec.template?.metadata.labels);
    const [container] = pods.spec.template?.spec.containers ?? [];
    const named = container?.ports.map(({ name, containerPort }) => [name, containerPort]);
    expect(service.spec.ports?.map(({ targetPort, port }) => [targetPort, port])).toEqual(named);
    expect(container?.securityContext).toMatchObject({ readOnlyRootFilesystem: true });
  });
});
