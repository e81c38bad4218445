import { createRandom, pickInteger, pickOne, type Random } from "../provider/random.ts";

/** One request of the demo's traffic. */
export interface DemoRequest {
  readonly path: "/support" | "/search" | "/summarise" | "/agent";
  readonly body: Readonly<Record<string, string>>;
}

const tenants = ["larkfield-us", "larkfield-eu", "northwind", "kestrel"] as const;
const users = [
  "amara",
  "ben",
  "chiyo",
  "dario",
  "elif",
  "farid",
  "greta",
  "hana",
  "ivo",
  "jonas",
  "kaya",
  "lena",
] as const;

const questions = [
  "Where is my order {order}? It should have arrived by now.",
  "I want a refund for order {order}, the boots are too small.",
  "How many days do I have to return a tent that I have not used?",
  "Is the delivery of a kayak free from a certain order value?",
  "My parcel has had no scan for a week. What happens with order {order} now?",
  "Does the warranty cover a broken zip on a jacket of your own brand?",
  "How long does a refund take until the money is on my card?",
  "Can I exchange hiking boots for another size without cost?",
  "I found the same stove cheaper at another shop. Do you refund the difference?",
  "Can the workshop repair a tent pole, and what does a repair cost?",
  "How do I dry and pack my tent so that no mildew grows?",
  "Can I pay by invoice for my first order?",
  "What is the state of order {order}, and can it still be returned?",
  "My gift card is lost. Can it be replaced without the receipt?",
] as const;

const searches = [
  "return window",
  "express delivery cost",
  "warranty seams",
  "gift card cash",
  "price match clearance",
  "boots size",
  "lost parcel refund",
] as const;

const tasks = [
  "Order {order} arrived with a torn seam. Find out what the warranty says and refund the order if it may be refunded today.",
  "The parcel of order {order} is late. Check the order, tell me the delivery rules and what we owe the customer.",
  "A customer with order {order} wants a refund because the same item is cheaper elsewhere. Check the rules and the order.",
  "Urgent: order {order} was paid twice. Check the order and prepare the refund.",
] as const;

const angryMessage = "If my parcel does not come today I will kill you all.";

/**
 * Requests as a handful of customers make them: mostly questions, in sessions of several turns, some searches,
 * summaries and agent runs. The same seed gives the same requests.
 */
export function createCustomers(seed: string, chatModels: readonly [string, ...string[]]): () => DemoRequest {
  const random = createRandom(`customers ${seed}`);
  const visits = Array.from({ length: 10 }, () => createVisit(random, chatModels));
  return () => {
    const place = Math.floor(random() * visits.length);
    const visit = visits[place] ?? createVisit(random, chatModels);
    visit.turnsLeft -= 1;
    if (visit.turnsLeft <= 0) visits[place] = createVisit(random, chatModels);
    return toRequest(random, visit);
  };
}

interface Visit {
  readonly user: string;
  readonly tenant: string;
  readonly session: string;
  readonly model: string;
  readonly order: string;
  turnsLeft: number;
}

function createVisit(random: Random, chatModels: readonly [string, ...string[]]): Visit {
  const digits = pickInteger(random, 10_000, 99_999);
  // The first model answers most visits, the last one few.
  const rank = Math.floor(random() ** 4 * chatModels.length);
  return {
    user: pickOne(random, users),
    tenant: pickOne(random, tenants),
    session: `visit-${digits}-${pickInteger(random, 100, 999)}`,
    model: chatModels[rank] ?? chatModels[0],
    order: `A-${digits}`,
    turnsLeft: pickInteger(random, 1, 6),
  };
}

function toRequest(random: Random, visit: Visit): DemoRequest {
  const { user, tenant, session, model } = visit;
  const caller = { user, tenant, session };
  const dice = random();
  if (dice < 0.01) return { path: "/support", body: { ...caller, model, message: angryMessage } };
  if (dice < 0.66)
    return {
      path: "/support",
      body: { ...caller, model, message: fillIn(pickOne(random, questions), visit) },
    };
  if (dice < 0.82) return { path: "/search", body: { ...caller, query: pickOne(random, searches) } };
  if (dice < 0.9) return { path: "/summarise", body: { ...caller, text: writeTranscript(random, visit) } };
  return { path: "/agent", body: { ...caller, task: fillIn(pickOne(random, tasks), visit) } };
}

function fillIn(text: string, visit: Visit): string {
  return text.replaceAll("{order}", visit.order);
}

/** A conversation of 12 to 20 lines, long enough to be worth a summary. */
function writeTranscript(random: Random, visit: Visit): string {
  const lines = Array.from({ length: pickInteger(random, 12, 20) }, (_, index) => {
    if (index % 2 === 0) return `Customer: ${fillIn(pickOne(random, questions), visit)}`;
    return `Agent: Thank you, ${visit.user}. ${pickOne(random, agentLines)} I note that for ${visit.order}.`;
  });
  return lines.join("\n");
}

const agentLines = [
  "The parcel left the warehouse on time and was last scanned at the depot, so we open a search with the carrier.",
  "The seam is covered by the warranty, and the workshop needs ten working days for the repair.",
  "The refund was sent to the card yesterday and needs up to three more days to show there.",
  "The boots can be exchanged free of charge as long as they were only worn indoors.",
  "The price match was accepted, and the difference of eleven dollars goes back to the gift card.",
] as const;
