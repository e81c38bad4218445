import { prepareRequests } from "./ingest/prepared-requests.ts";
import { SpanBlock } from "../packages/server/src/ingest/span-block.ts";
import { Pricer } from "../packages/server/src/price/price-call.ts";
import { walkTraces } from "../packages/server/src/decode/walk-traces.ts";
import { NativeBlockWriter } from "../packages/server/src/columns/native-block.ts";
import { writeFileSync, appendFileSync, rmSync } from "node:fs";
const next = prepareRequests({ spansPerRequest: 512, seed: 7 });
for (const seg of [0,1,2]) {
rmSync(`/tmp/t1/spans${seg}.native`,{force:true});rmSync(`/tmp/t1/contents${seg}.native`,{force:true});
const block = new SpanBlock(new Pricer()); const w=new NativeBlockWriter();
for(let i=0;i<196;i++){ const b=next(); block.begin('default'); walkTraces(b,block); block.end(b); if(i%4===3){ for(const x of w.encode(block.spans.list,block.rows)) appendFileSync(`/tmp/t1/spans${seg}.native`,x); for(const x of w.encode(block.contents.list,block.contentRows)) appendFileSync(`/tmp/t1/contents${seg}.native`,x); block.clear(); } }
}
