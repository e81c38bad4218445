/** One passage of the shop's handbook: what retrieval finds and answers quote. */
export interface Passage {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

export const handbook: readonly Passage[] = [
  {
    id: "returns-window",
    title: "Return window",
    text: "Unused items can be returned within 30 days of delivery. Items bought between 15 November and 24 December can be returned until 31 January. The return window is counted from the day the last parcel of an order arrived.",
  },
  {
    id: "returns-condition",
    title: "Condition of returned items",
    text: "Returned items must be clean and dry and carry their tags. Tents, sleeping bags and boots that were used outdoors cannot be returned, but they remain covered by the warranty. Climbing ropes and harnesses cannot be returned once their seal is broken.",
  },
  {
    id: "returns-how",
    title: "How to return an item",
    text: "A return begins in the account under Orders, where a label can be printed or a code shown at the parcel shop. Returns from within the country are free of charge. Returns from abroad cost 9 euros, which are taken off the refund.",
  },
  {
    id: "refund-time",
    title: "When refunds arrive",
    text: "Refunds are paid within 5 working days after the parcel has reached the warehouse. The money goes back the way it came: to the card, the bank account or the gift card used to pay. Card refunds can take the bank 3 further days to show.",
  },
  {
    id: "refund-limits",
    title: "Who may refund what",
    text: "An agent may refund up to 200 dollars without asking. Above that amount a team lead must agree in the ticket. Delivery costs are refunded only when the whole order is returned.",
  },
  {
    id: "delivery-times",
    title: "Delivery times",
    text: "Orders placed before 14:00 leave the warehouse the same working day. Standard delivery takes 2 to 4 working days within the country and 4 to 8 working days abroad. Express delivery arrives on the next working day and costs 12 dollars.",
  },
  {
    id: "delivery-costs",
    title: "Delivery costs",
    text: "Standard delivery is free from an order value of 60 dollars and costs 5 dollars below it. Bulky goods such as kayaks and roof boxes cost 29 dollars to deliver. A second delivery attempt is not charged.",
  },
  {
    id: "delivery-lost",
    title: "Lost and late parcels",
    text: "A parcel without a scan for 5 working days counts as lost. We then send the order again at no cost or refund it, as the customer wishes. A search with the carrier is opened at the same time and takes up to 14 days.",
  },
  {
    id: "warranty",
    title: "Warranty",
    text: "Our own brand carries a warranty of 5 years on seams, zips and poles. Other brands carry the maker's warranty, which is 2 years at least. Wear, burn holes and damage by washing are not covered.",
  },
  {
    id: "repairs",
    title: "Repairs",
    text: "The workshop repairs tents, jackets, stoves and boots, also those bought elsewhere. A repair takes 10 working days and costs between 15 and 80 dollars; an estimate is sent before work begins. Repairs under warranty are free.",
  },
  {
    id: "payment",
    title: "Ways to pay",
    text: "We accept credit cards, direct debit, bank transfer and gift cards. Payment by invoice is open to customers with three paid orders. A card is charged when the parcel leaves the warehouse, never before.",
  },
  {
    id: "price-match",
    title: "Price match",
    text: "If an item is found cheaper at another shop within 14 days of the order, we refund the difference. The other shop must have the same colour and size in stock. Auctions and clearance sales are left out.",
  },
  {
    id: "gift-cards",
    title: "Gift cards",
    text: "Gift cards are valid for 4 years and can be used in several orders. They cannot be paid out in cash. A lost gift card is replaced when the receipt is shown.",
  },
  {
    id: "sizes",
    title: "Sizes of boots and jackets",
    text: "Boots should be bought one size larger than street shoes, because feet swell on long walks. Jackets of our own brand run small, so most customers take one size up. Exchanging a size is free within 30 days.",
  },
  {
    id: "tents",
    title: "Care of tents",
    text: "A tent must be dry before it is packed, or mildew grows within days. Its water column of 3000 mm holds for about 200 nights of sun. Seams can be sealed again with silicone, which the shops sell for 8 dollars.",
  },
  {
    id: "account",
    title: "Account and personal data",
    text: "An account can be deleted at any time under Settings. Invoices are kept for 10 years, as the law demands. A new password is sent to the address of the account and stays valid for 30 minutes.",
  },
];

/** The instructions every support prompt begins with; long enough for the provider to cache. */
export const instructions = [
  "You are the support assistant of Larkfield Outdoor, a shop for hiking, climbing and paddling equipment.",
  "Answer in the language of the customer, in at most five sentences, friendly and without filler.",
  "Use only the sources below and the results of tools. When they do not hold the answer, say so and offer to pass the case on.",
  "Name amounts, days and limits exactly as the sources name them. Never promise a refund before the tool has confirmed it.",
  "Look an order up before speaking about it. Ask for the order number, which reads like A-10234, when it is missing.",
  "Never ask for card numbers, passwords or security codes. If a customer sends one, ask to delete the message.",
  "Be careful with safety equipment: ropes, harnesses, helmets and stoves. Advise to stop using an item that may be damaged, and pass the case on.",
  "A complaint is first acknowledged, then explained, then solved. Do not argue about feelings. Do not blame the carrier.",
  "Speak of prices with their currency. Do not convert currencies. Do not speak about other shops' offers except for the price match.",
  "When two sources disagree, the one with the narrower title wins. When a source names a date that has passed, say that it has passed.",
  ...Array.from({ length: 14 }, (_, index) => toExample(index)),
].join("\n\n");

function toExample(index: number): string {
  const subjects = [
    "a tent pole",
    "a pair of boots",
    "a rain jacket",
    "a stove",
    "a kayak",
    "a sleeping mat",
    "a headlamp",
  ];
  const wishes = ["asks for an exchange", "waits for a parcel", "wants the money back", "reports a defect"];
  const subject = subjects[index % subjects.length] ?? "an item";
  const wish = wishes[index % wishes.length] ?? "writes";
  return `Example ${index + 1}: a customer who bought ${subject} ${wish}. First thank the customer for writing, then look the order up, then name the rule that applies and what happens next, with the number of days it takes. If the order is older than the rule allows, say which other way is open: warranty, repair or goodwill, and who decides on it. Close with one question that helps the customer go on.`;
}

/** Old tickets, all of them: what the bot wrongly puts into every prompt while the fault "expensive" is on. */
export const archive = Array.from(
  { length: 160 },
  (_, index) =>
    `Ticket ${4000 + index * 7}: ${toExample(index)} The case was closed after ${1 + (index % 9)} days with a goodwill of ${5 + (index % 40)} dollars.`,
).join("\n");
