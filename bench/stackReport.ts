import type { Measurement } from './measure.ts'
import { peerOf, type StackFinding } from './stack/measureStack.ts'
import type { Transfer } from './stack/sync.ts'
import { cpu, NOTHING, table, whole } from './table.ts'

export const stackReport = (finding: StackFinding): readonly string[] => [
  `Past one machine, on this machine (\`npm run stack\`): ${whole(finding.users)} users, gateways over PostgreSQL and DynamoDB Local, which is a`,
  'program for tests and not AWS: whatever waits for it says how fast it is, and nothing of DynamoDB. All of them shared the cores, so',
  'two gateways cannot answer twice as much here; what CPU a request takes is the same wherever they run.',
  '',
  ...table(OPERATION_HEADERS, finding.measurements.filter(isOurs).map(operation(finding))),
  '',
  'PostGraphile is one process over the very tables, by the same indexes, with as many connections as a gateway has for reading; it knows',
  'no keys, tokens or tenants.',
  '',
  ...table(TRANSFER_HEADERS, transfers(finding)),
  '',
  ...delivery(finding),
]

const isOurs = ({ contender }: Measurement): boolean => contender === 'rollcall'

const OPERATION_HEADERS = [
  'operation',
  'gateways',
  'req/s',
  'p50 ms',
  'p99 ms',
  'CPU µs/req',
  'PostgreSQL',
  'DynamoDB Local',
  'of PostGraphile',
  'PostGraphile: req/s, CPU',
  'its PostgreSQL',
]

const operation =
  (finding: StackFinding) =>
  (ours: Measurement): string[] => {
    const peer = peerOf(finding, ours.row)
    return [
      `\`${ours.row}\``,
      whole(ours.servers),
      whole(ours.perSecond),
      ours.p50Ms.toFixed(1),
      ours.p99Ms.toFixed(1),
      micros(ours.cpuMicros),
      micros(ours.postgresMicros),
      ours.row === 'createUser' ? micros(ours.dynamodbMicros) : NOTHING,
      peer === undefined ? NOTHING : (ours.perSecond / peer.perSecond).toFixed(2),
      peer === undefined ? NOTHING : `${whole(peer.perSecond)}, ${cpu(peer)} µs`,
      peer === undefined ? NOTHING : micros(peer.postgresMicros),
    ]
  }

const micros = (cpuMicros: number | null): string => cpu({ cpuMicros })

const TRANSFER_HEADERS = ['events', 'events', 's', 'events/s', 'CPU µs/event', 'PostgreSQL', 'DynamoDB Local']

const transfers = ({ sync: { seeded, live, filled } }: StackFinding): string[][] => [
  transfer('into DynamoDB Local, by the import', seeded),
  transfer('Kinesis → PostgreSQL, by one synchroniser', live),
  transfer('log → PostgreSQL, views that are new', filled),
]

const transfer = (what: string, { events, seconds, ...used }: Transfer): string[] => [
  what,
  whole(events),
  seconds.toFixed(1),
  whole(events / seconds),
  cpu(used),
  micros(used.postgresMicros),
  micros(used.dynamodbMicros),
]

const delivery = ({ delivery: { p50Ms, p99Ms, fromSent } }: StackFinding): readonly string[] => [
  `A write at one gateway is told to a follower at the other p50 ${ms(fromSent.p50Ms)} ms, p99 ${ms(fromSent.p99Ms)} ms after it was sent, and`,
  `p50 ${ms(p50Ms)} ms, p99 ${ms(p99Ms)} ms after it was acknowledged.`,
  '',
]

const ms = (value: number): string => value.toFixed(1)
