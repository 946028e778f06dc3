import { parseStream } from '../../domain/streams.ts'
import type { VerifyContext } from '../../verify/context.ts'
import type { Problem } from '../../verify/problems.ts'
import { readAhead } from '../../verify/readAhead.ts'
import { verifyEntity } from '../../verify/verifyViews.ts'
import { streamsOf } from '../../views/streamsOf.ts'
import type { RebuiltEntity } from '../../views/ViewStore.ts'
import { CommandFailure } from '../command.ts'
import type { Config } from '../config.ts'
import { EXIT, type ExitCode } from '../exitCodes.ts'
import type { Terminal } from '../terminal.ts'
import type { VerifiedParts } from './VerifiedParts.ts'
import { contextOf, openPartsWithViews } from './verifyParts.ts'
import { VerifyReport } from './verifyReport.ts'

/** Makes one entity's rows anew from the log and says what that changed. Servers may run. */
export async function repairEntity(
  config: Config,
  entity: RebuiltEntity,
  { json }: { readonly json: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const parts = await openPartsWithViews(config)
  try {
    const context = contextOf(parts, () => true)
    const before = await problemsIn(context, entity)
    const inQuarantine = await quarantinedOf(parts, entity)
    let events = 0
    const readWhole = await readAhead(parts.log, streamsOf(entity))
    await parts.writer.rebuild(entity, async (streams) => {
      const read = await readWhole(streams)
      events = read.length
      if (read.length === 0 && before.length === 0) throw nothingThere(entity)
      return read
    })
    const standsStill = await quarantinedOf(parts, entity)
    const lifted = inQuarantine.filter((stream) => !standsStill.includes(stream))
    tell(terminal, json, entity, { events, changed: before, lifted })

    const report = new VerifyReport(terminal, json)
    for (const { stream, seq, reason } of await parts.writer.quarantined()) {
      if (standsStill.includes(stream)) report.quarantined(stream, seq, reason, entity)
    }
    for (const problem of await problemsIn(context, entity)) report.view(problem)
    return report.problems > 0 ? EXIT.problems : EXIT.ok
  } finally {
    await parts.close()
  }
}

interface Done {
  readonly events: number
  readonly changed: readonly Problem[]
  readonly lifted: readonly string[]
}

function tell(terminal: Terminal, json: boolean, entity: RebuiltEntity, done: Done): void {
  if (json) {
    terminal.print(JSON.stringify({ part: 'repair', entity, ...done }))
    return
  }
  const { kind, tenant, id } = entity
  for (const { what, log, view } of done.changed) {
    terminal.print(`${what}: was ${JSON.stringify(view)}, is ${JSON.stringify(log)}`)
  }
  for (const stream of done.lifted) terminal.print(`${stream}: its quarantine is lifted`)
  const found = done.changed.length + done.lifted.length === 0 ? 'nothing was wrong; ' : ''
  terminal.print(`${kind} ${tenant}/${id}: ${found}made anew from ${done.events} events`)
}

async function problemsIn(context: VerifyContext, entity: RebuiltEntity): Promise<readonly Problem[]> {
  const problems: Problem[] = []
  for await (const problem of verifyEntity(context, entity)) problems.push(problem)
  return problems
}

async function quarantinedOf(
  { writer }: Pick<VerifiedParts, 'writer'>,
  { kind, tenant, id }: RebuiltEntity,
): Promise<readonly string[]> {
  const streams = (await writer.quarantined()).map(({ stream }) => stream)
  return streams.filter((stream) => {
    const parts = parseStream(stream)
    const isOfGroup = parts?.kind === 'group' || parts?.kind === 'members'
    return parts?.tenant === tenant && parts.id === id && isOfGroup === (kind === 'group')
  })
}

const nothingThere = ({ kind, tenant, id }: RebuiltEntity): CommandFailure =>
  new CommandFailure(
    `--repair: neither the log nor the views have a ${kind} ${JSON.stringify(id)} in tenant ${JSON.stringify(tenant)}`,
    EXIT.usage,
  )
