import type { Deliveries } from './feed/deliveries.ts'
import type { Growth, Idle } from './feed/idle.ts'
import type { FeedFinding } from './feed/measureFeed.ts'
import type { Rebuild } from './rebuild/rebuild.ts'
import { cpu, megabytes, NOTHING, table, whole } from './table.ts'

export const feedReport = ({ deliveries, elsewhere, idle, catchUp }: FeedFinding): readonly string[] => [
  ...table(DELIVERY_HEADERS, deliveries.map(delivery)),
  '',
  'From the acknowledgement of a lone write to its arrival at a follower: less than 0 where the change was faster than the answer. The rates',
  'are those of bursts by 32 writers, each change told to each follower once; to few followers they come no faster than the writes. The bare',
  '`ws` server has the messages ready, and sends each by itself; the gateway sends together what comes together.',
  '',
  `Of a write by another process on the same files: p50 ${ms(elsewhere.p50Ms)} ms, p99 ${ms(elsewhere.p99Ms)} ms. A journal of`,
  `${whole(catchUp.changes)} changes is read at ${whole(catchUp.subscription)} changes/s by a subscription, at ${whole(catchUp.pages)} by the query in pages of 1,000.`,
  '',
  ...table(IDLE_HEADERS, [
    idleRow('rollcall', idle, idle.memory),
    idleRow('bare `ws`', idle, idle.bareMemory),
  ]),
  '',
]

export const rebuildReport = ({ events, seconds, requests, failed }: Rebuild): readonly string[] => [
  `The next generation of views was built from ${whole(events)} events in ${seconds.toFixed(1)} s, ${whole(events / seconds)} events/s, while the server`,
  `answered ${whole(requests)} reads and writes, of which ${failed} failed.`,
  '',
]

const DELIVERY_HEADERS = [
  'followers',
  'p50 ms',
  'p99 ms',
  'deliveries/s',
  'CPU µs/delivery',
  'of bare `ws`',
  'bare: deliveries/s, CPU',
]

const delivery = (ours: Deliveries): string[] => [
  whole(ours.followers),
  ms(ours.p50Ms),
  ms(ours.p99Ms),
  whole(ours.perSecond),
  cpu(ours),
  (ours.perSecond / ours.bare.perSecond).toFixed(2),
  `${whole(ours.bare.perSecond)}, ${cpu(ours.bare)} µs`,
]

const IDLE_HEADERS = ['idle followers', 'server', 'PSS MB without', 'PSS MB with', 'KB per follower']

const idleRow = (server: string, { followers }: Idle, memory: Growth | null): string[] => [
  whole(followers),
  server,
  memory === null ? NOTHING : megabytes(memory.emptyBytes),
  memory === null ? NOTHING : megabytes(memory.bytes),
  memory === null ? NOTHING : ((memory.bytes - memory.emptyBytes) / followers / 1_000).toFixed(1),
]

const ms = (value: number): string => value.toFixed(1)
