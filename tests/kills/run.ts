// Kills the server with SIGKILL under load again and again, then counts what it kept.
//   npm run test:kills [-- --kills 50 --seed 1 --data DIR --keep --launcher FILE]
// Another build's launcher shows whether the test would have caught its fault.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { checkAccounting, checkOverview, readDuplicates } from "./check-api.ts";
import { checkStore } from "./check-store.ts";
import { createRandom } from "./random.ts";
import { spansPerRequest } from "./requests.ts";
import { createSender, type Sender } from "./sender.ts";
import { createSenderKeys, type SenderKey } from "./sender-keys.ts";
import { watchCommits } from "./watch-commits.ts";
import { ownLauncher, startVictim, StillbornError, type Place, type Victim } from "./victim.ts";

interface Campaign {
  readonly place: Place;
  readonly random: () => number;
  readonly sender: Sender;
  readonly keys: readonly SenderKey[];
  readonly wrongs: string[];
  readonly startedMs: number;
  lives: number;
  killsDuringInsert: number;
  killsDuringStart: number;
}

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    seed: { type: "string" },
    data: { type: "string" },
    keep: { type: "boolean", default: false },
    launcher: { type: "string", default: ownLauncher },
  },
});
const kills = Number(values.kills);
const seed = Number(values.seed ?? Date.now() % 1_000_000);

await main();

async function main(): Promise<void> {
  report(`${kills} kills, seed ${seed}`);
  const directory = await mkdtemp(join(values.data ?? tmpdir(), "spanlight-kills-"));
  const keys = await createSenderKeys(directory);
  const campaign: Campaign = {
    place: { launcher: values.launcher, directory },
    random: createRandom(seed),
    sender: createSender(seed, keys),
    keys,
    wrongs: [],
    startedMs: Date.now(),
    lives: 0,
    killsDuringInsert: 0,
    killsDuringStart: 0,
  };
  for (let kill = 1; kill <= kills || (isTooGentle(campaign) && kill <= 2 * kills); kill++)
    await runOnce(campaign, kill);
  if (isTooGentle(campaign)) campaign.wrongs.push("too few kills fell into an insert to prove anything");
  const duplicates = await settle(campaign);
  const findings = await checkStore(directory, campaign.sender.acknowledged);
  const wrongs = [...campaign.wrongs, ...findings.wrongs];
  for (const wrong of wrongs.slice(0, 40)) report(`WRONG: ${wrong}`);
  if (!values.keep) await rm(directory, { recursive: true, force: true });
  const { killsDuringInsert, killsDuringStart, sender } = campaign;
  const counts = { killsDuringInsert, killsDuringStart, requests: sender.acknowledged.size };
  const result = {
    seed,
    kills: campaign.lives,
    ...counts,
    spans: findings.spans,
    duplicates,
    wrongs: wrongs.length,
  };
  process.stdout.write(`${JSON.stringify({ name: "kills", ok: wrongs.length === 0, ...result })}\n`);
  process.exitCode = wrongs.length === 0 ? 0 : 1;
}

/** Six of ten kills asked for have to fall into an insert. */
function isTooGentle({ killsDuringInsert }: Campaign): boolean {
  return killsDuringInsert < kills * 0.6;
}

/** One life of the server: start, check, load, kill. */
async function runOnce(campaign: Campaign, kill: number): Promise<void> {
  const { random, sender, place } = campaign;
  campaign.lives += 1;
  // One life in ten ends while the server starts, which is when it replays.
  if (kill > 1 && random() < 0.1) {
    await dieAtStart(campaign, 150 + random() * 600);
    report(`kill ${kill}: while starting`);
    return;
  }
  // Small segments commit many times a second, large ones hold many rows when they are cut.
  const hasSmallSegments = random() < 0.5;
  const victim = await startVictim(place, { hasSmallSegments });
  await check(campaign, victim);
  if (random() < 0.3) await sender.repeatLast(victim.url);
  const ending = new AbortController();
  const load = sender.run(victim.url, ending.signal);
  await waitForMoment(campaign, victim, async () => {
    ending.abort();
    await load;
  });
  ending.abort();
  const insertsInFlight = await victim.kill();
  await load;
  if (insertsInFlight > 0) campaign.killsDuringInsert += 1;
  report(
    `kill ${kill}: ${insertsInFlight > 0 ? "during an insert" : "between inserts"}, ${sender.acknowledged.size * spansPerRequest} spans acknowledged`,
  );
}

async function dieAtStart(campaign: Campaign, afterMs: number): Promise<void> {
  campaign.killsDuringStart += 1;
  try {
    const victim = await startVictim(campaign.place, { killAfterMs: afterMs });
    await victim.kill();
  } catch (error) {
    if (!(error instanceof StillbornError)) throw error;
  }
}

/**
 * Half of the moments lie inside an insert, anywhere from its first to its last millisecond; four in ten at a sign of a
 * commit on disk, which is where exactly-once is won or lost; the others anywhere.
 */
async function waitForMoment(
  { random, place }: Campaign,
  victim: Victim,
  endLoad: () => Promise<void>,
): Promise<void> {
  await delay(200 + random() * 1000);
  const kind = random();
  if (kind < 0.1) return;
  if (kind < 0.6) return delay(random() * 1.1 * (await victim.nextInsert()));
  // The load runs in this process: while it does, no event is seen in time.
  await endLoad();
  const commits = watchCommits(place.directory, Math.floor(random() * 3));
  const giveUp = setTimeout(commits.stop, 2000);
  await commits.next;
  clearTimeout(giveUp);
}

async function check(campaign: Campaign, victim: Victim): Promise<void> {
  const { keys, sender } = campaign;
  campaign.wrongs.push(...(await checkAccounting(victim.url, { keys, acknowledged: sender.acknowledged })));
}

/** The last life: everything unanswered is sent again, everything becomes readable, then the server stops in peace. */
async function settle(campaign: Campaign): Promise<number> {
  const { sender, wrongs, startedMs, place } = campaign;
  const victim = await startVictim(place);
  await check(campaign, victim);
  await sender.finish(victim.url);
  const before = await readDuplicates(victim.url);
  const repeatedBefore = sender.repeated;
  await sender.repeatLast(victim.url);
  const repeated = (sender.repeated - repeatedBefore) * spansPerRequest;
  const duplicates = await readDuplicates(victim.url);
  if (duplicates - before !== repeated)
    wrongs.push(`${repeated} spans were sent again, and ${duplicates - before} counted as duplicates`);
  wrongs.push(...(await checkOverview(victim.url, sender.acknowledged.size, startedMs)));
  await victim.stop();
  return duplicates;
}

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}
