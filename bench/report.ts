import { claims } from './claims.ts'
import { feedReport, rebuildReport } from './feedReport.ts'
import type { DirectoryFinding, Findings } from './findings.ts'
import { machine } from './machine.ts'
import type { Measurement } from './measure.ts'
import { stackReport } from './stackReport.ts'
import { cpu, megabytes, NOTHING, table, whole } from './table.ts'

/** The whole report, in Markdown. */
export function report(findings: Findings, command: string, tool: string): string {
  const date = new Date().toISOString().slice(0, 10)
  return [
    `\`${command}\` on ${date}: ${machine()}; load by ${tool}. Servers, load generator and whatever else the machine did shared`,
    'its cores, so compare figures of one row only; CPU per request is the steadiest.',
    '',
    ...(findings.measurements.length > 0 ? operationsReport(findings) : []),
    ...(findings.feed === null ? [] : feedReport(findings.feed)),
    ...(findings.rebuild === null ? [] : rebuildReport(findings.rebuild)),
    ...(findings.stack === null ? [] : stackReport(findings.stack)),
    ...table(
      ['claim', 'found', ''],
      claims(findings).map(({ text, figure, met }) => [text, figure, verdict(met)]),
    ),
  ].join('\n')
}

const operationsReport = (findings: Findings): readonly string[] => [
  ...table(OPERATION_HEADERS, operations(findings)),
  '',
  '"Of bare" and "of Mercurius" compare requests per second at the same size in the same minute. The gateway authenticates an API',
  'key, meters every request and signs tokens; the other two do nothing of the kind.',
  '',
  ...table(DIRECTORY_HEADERS, findings.directories.map(directory)),
  '',
  ...history(findings),
]

const OPERATION_HEADERS = [
  'operation',
  'users',
  'req/s',
  'p50 ms',
  'p99 ms',
  'CPU µs/req',
  'of bare',
  'of Mercurius',
  'bare: req/s, CPU',
  'Mercurius: req/s, CPU',
]

function operations(findings: Findings): string[][] {
  return findings.measurements
    .filter(({ contender }) => contender === 'rollcall')
    .map((ours) => {
      const bare = findings.of(ours.row, ours.users, 'bare')
      const mercurius = findings.of(ours.row, ours.users, 'mercurius')
      return [
        `\`${ours.row}\``,
        whole(ours.users),
        whole(ours.perSecond),
        ours.p50Ms.toFixed(1),
        ours.p99Ms.toFixed(1),
        cpu(ours),
        share(ours, bare),
        share(ours, mercurius),
        rival(bare),
        rival(mercurius),
      ]
    })
}

const DIRECTORY_HEADERS = [
  'users',
  'seeded: lines',
  'lines/s',
  'ready after s',
  'RSS MB',
  'PSS MB',
  'anonymous MB',
  'on disk MB',
]

const directory = ({ users, filling, secondsToReady, memory, bytes }: DirectoryFinding): string[] => [
  whole(users),
  whole(filling.lines),
  whole(filling.lines / filling.seconds),
  secondsToReady.toFixed(2),
  memory === null ? NOTHING : megabytes(memory.rss),
  memory === null ? NOTHING : megabytes(memory.pss),
  memory === null ? NOTHING : megabytes(memory.anonymous),
  megabytes(bytes),
]

function history({ history }: Findings): string[] {
  if (history === null) return []
  const { lines, seconds } = history
  return [
    `The real history (${whole(lines)} changes) imports in ${seconds.toFixed(1)} s, ${whole(lines / seconds)} lines/s.`,
    '',
  ]
}

const verdict = (met: boolean | null): string => (met === null ? 'not measured' : met ? 'met' : 'missed')
const rival = (peer: Measurement | undefined): string =>
  peer === undefined ? NOTHING : `${whole(peer.perSecond)}, ${cpu(peer)} µs`
const share = (ours: Measurement, peer: Measurement | undefined): string =>
  peer === undefined ? NOTHING : (ours.perSecond / peer.perSecond).toFixed(2)
