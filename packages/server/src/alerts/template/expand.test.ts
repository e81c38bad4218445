import { describe, expect, it } from "vitest";
import { expandTemplate, findTemplateProblem } from "./expand.ts";
import type { QuerySample } from "./value.ts";

const SAMPLES: readonly QuerySample[] = [
  { labels: { model: "b", service: "api" }, value: 2 },
  { labels: { model: "a", service: "api" }, value: 11.5 },
];

function expand(text: string, value = 0.0512): Promise<string> {
  return expandTemplate({
    text,
    name: "__alert_Hot",
    timeMs: 1_800_000_000_000,
    data: {
      labels: { service: "api", instance: "host.example.org:9090" },
      externalLabels: { region: "eu" },
      externalUrl: "http://spanlight.example/base",
      value,
    },
    query: (expression) =>
      expression === "broken"
        ? Promise.reject(new Error("no such series"))
        : Promise.resolve(expression === "empty" ? [] : SAMPLES),
  });
}

/** What Prometheus' own template engine writes for each text. */
const CASES: readonly (readonly [text: string, expected: string, value?: number])[] = [
  ["plain text", "plain text"],
  ["{{ $labels.service }} at {{ $value }}", "api at 0.0512"],
  ["{{ .Labels.service }}/{{ .ExternalLabels.region }}", "api/eu"],
  ["{{ $externalLabels.region }} {{ $externalURL }}", "eu http://spanlight.example/base"],
  ["[{{ $labels.missing }}]", "[]"],
  ['{{ $value | printf "%.2f" }}', "0.05"],
  ['{{ printf "%s|%5.1f|%-6s|%q|%d|%t" "a" 3.14159 "b" "c" 7 true }}', 'a|  3.1|b     |"c"|7|true'],
  ['{{ printf "%d" $value }}', "%!d(float64=0.0512)"],
  ['{{ printf "%s %s" "a" }}', "a %!s(MISSING)"],
  ['{{ printf "%v%%" 5 }}', "5%"],
  ['{{ printf "%05d|%+d|%x" 42 7 255 }}', "00042|+7|ff"],
  ["{{ humanize $value }}", "1.235M", 1_234_567],
  ["{{ humanize $value }}", "51.2m"],
  ["{{ humanize1024 $value }}", "1.5ki", 1536],
  ["{{ humanizePercentage $value }}", "5.12%"],
  ["{{ humanizeDuration $value }}", "1d 3h 46m 40s", 100_000],
  ["{{ humanizeDuration $value }}", "1m 30s", 90],
  ["{{ humanizeDuration $value }}", "12.5s", 12.5],
  ["{{ humanizeDuration $value }}", "123ms", 0.123],
  ["{{ humanizeTimestamp $value }}", "2015-10-21 07:28:00 +0000 UTC", 1_445_412_480],
  ['{{ (toTime $value).Format "2006-01-02 15:04" }}', "2015-10-21 07:28", 1_445_412_480],
  ["{{ ($value | toTime).Year }}", "2015", 1_445_412_480],
  ["{{ toDuration $value }}", "1m30s", 90],
  ["{{ now }}", "1.8e+09"],
  ["{{ $value }}", "1.234567e+06", 1_234_567],
  ["{{ $value }}", "NaN", NaN],
  [
    "{{ gt $value 3.0 }} {{ ge $value 3.0 }} {{ lt $value 3.0 }} {{ le $value 3.0 }}",
    "true true false false",
    NaN,
  ],
  [
    "{{ gt $value 3.0 }} {{ ge $value 3.0 }} {{ lt $value 3.0 }} {{ le $value 3.0 }}",
    "false true false true",
    3,
  ],
  ["{{ $value }}", "+Inf", Infinity],
  ["{{ if gt $value 0.05 }}high{{ else }}low{{ end }}", "high"],
  ["{{ if lt $value 0.01 }}a{{ else if lt $value 0.1 }}b{{ else }}c{{ end }}", "b"],
  ['{{ if and (eq $labels.service "api") (ne $labels.x "y") }}yes{{ end }}', "yes"],
  ['{{ if or (eq "a" "b") (not false) }}yes{{ end }}', "yes"],
  ['{{ eq "a" "b" "c" "a" }}', "true"],
  ['{{ with query "x" }}{{ . | first | value }}{{ end }}', "2"],
  ['{{ with query "empty" }}some{{ else }}none{{ end }}', "none"],
  ['{{ range query "x" | sortByLabel "model" }}{{ .Labels.model }}={{ .Value }};{{ end }}', "a=11.5;b=2;"],
  ['{{ range $i, $s := query "x" }}{{ if $i }}, {{ end }}{{ label "model" $s }}{{ end }}', "b, a"],
  ['{{ range query "x" }}{{ if eq .Labels.model "a" }}{{ break }}{{ end }}{{ .Value }}{{ end }}', "2"],
  ['{{ query "x" | len }}', "2"],
  ['{{ (index (query "x") 1).Value }}', "11.5"],
  ['{{ $x := 1 }}{{ range query "x" }}{{ $x = .Value }}{{ end }}{{ $x }}', "11.5"],
  ["a {{- /* a comment with }} */ -}} b", "ab"],
  ["a  {{- $labels.service -}}  b", "aapib"],
  ["{{ $labels.service | toUpper | printf `%s!` }}", "API!"],
  ['{{ title "model down now" }} {{ toLower "ABC" }}', "Model Down Now abc"],
  ["{{ stripPort $labels.instance }} {{ stripDomain $labels.instance }}", "host.example.org host:9090"],
  ['{{ match "a.*c" "xabcx" }} {{ match "^b" "abc" }}', "true false"],
  ['{{ reReplaceAll "(\\\\w+)@(\\\\w+)" "$2 at ${1}!" "me@host you@there" }}', "host at me! there at you!"],
  ['{{ reReplaceAll "l+" "L" "hello" }}', "heLo"],
  ['{{ graphLink "up{a=\\"b\\"}" }}', "/graph?g0.expr=up%7Ba%3D%22b%22%7D&g0.tab=0"],
  ['{{ tableLink "up" }}', "/graph?g0.expr=up&g0.tab=1"],
  ["{{ externalURL }} {{ pathPrefix }}", "http://spanlight.example/base /base"],
  ['{{ parseDuration "1h30m" }}', "5400"],
  ['{{ define "x" }}<{{ . }}>{{ end }}{{ template "x" $value }}', "<0.0512>"],
  ['{{ define "x" }}{{ .arg0 }}-{{ .arg1 }}{{ end }}{{ template "x" (args 1 "two") }}', "1-two"],
  ['{{ html "<a>" }} {{ urlquery "a b&c" }} {{ len "héé" }}', "&lt;a&gt; a+b%26c 5"],
  ['{{ slice "abcdef" 1 3 }}{{ print 1 2 "x" 3 }}', "bc1 2x3"],
  ["{{ index .Labels `service` }}", "api"],
  [
    '{{ printf "%.1f %.0f %.0f %.2e %.3g %G" 35.25 2.5 3.5 1.125 1.125 1e20 }}',
    "35.2 2 4 1.12e+00 1.12 1E+20",
  ],
  ['{{ js "it\'s <b>" }}', "it\\'s \\u003Cb\\u003E"],
  ["{{ $labels }}", "map[instance:host.example.org:9090 service:api]"],
];

describe("templates of labels and annotations", () => {
  it.each(CASES.map(([text, expected, value = 0.0512]) => [text, expected, value] as const))(
    "%s gives %s",
    async (text, expected, value) => {
      expect(await expand(text, value)).toBe(expected);
    },
  );

  it.each([
    ["{{ $labels.x | nope }}", 'function "nope" not defined'],
    ["{{ $unknown }}", 'undefined variable "$unknown"'],
    ["{{ if true }}", "unexpected EOF"],
    ["{{ end }}", "unexpected {{end}}"],
    ["{{ $value ", "unclosed action"],
    ["{{ break }}", "{{break}} outside {{range}}"],
    ["{{ }}", "missing value for command"],
    ['{{ "open }}', "unterminated quoted string"],
    ["line one\n{{ ( 1 }}", "__alert_Hot:2: unclosed left paren"],
  ])("%s cannot be parsed: %s", (text, problem) => {
    expect(findTemplateProblem(text, "__alert_Hot")).toContain(problem);
  });

  it("a correct template has no problem", () => {
    expect(findTemplateProblem("{{ $value | humanize }}", "x")).toBeNull();
  });

  it.each([
    ['{{ query "empty" | first }}', "error calling first: first() called on vector with no elements"],
    ['{{ query "broken" }}', "error calling query: no such series"],
    ["{{ if eq $value 1 }}{{ end }}", "error calling eq: incompatible types for comparison"],
    ["{{ .Nope }}", "can't evaluate field Nope"],
    ['{{ match "(" "x" }}', "error calling match"],
    ['{{ humanize "x" }}', "error calling humanize"],
    ['{{ define "x" }}{{ template "x" . }}{{ end }}{{ template "x" . }}', "maximum template depth"],
  ])("%s fails: %s", async (text, problem) => {
    await expect(expand(text)).rejects.toThrow(problem);
  });
});
