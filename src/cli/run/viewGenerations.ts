import { CommandFailure } from '../command.ts'
import type { Config } from '../config.ts'
import { EXIT, type ExitCode } from '../exitCodes.ts'
import type { Terminal } from '../terminal.ts'
import { onGenerationSite } from './onGenerationSite.ts'

export const listViews = (config: Config, terminal: Terminal): Promise<ExitCode> =>
  onGenerationSite(config, async ({ generations }) => {
    const list = await generations.list()
    if (list.length === 0)
      terminal.note('There are no views yet: a server makes them from the log when it starts')
    for (const { number, readyAt, isServing } of list) {
      const state =
        readyAt === null ? 'unfinished: "rollcall views rebuild" goes on with it' : `ready since ${readyAt}`
      terminal.print(`${number}  ${state}${isServing ? ', serves' : ''}`)
    }
    return EXIT.ok
  })

export const serveViews = (config: Config, number: number, terminal: Terminal): Promise<ExitCode> =>
  onGenerationSite(config, async ({ generations, open }) => {
    const before = await generations.serving()
    const isReady = (await generations.list()).some(
      (known) => known.number === number && known.readyAt !== null,
    )
    if (!isReady) {
      throw new CommandFailure(
        `There is no generation ${number} that is ready: see "rollcall views list"`,
        EXIT.usage,
      )
    }
    if (number !== before) {
      const parts = await open(number)
      await parts.level().finally(() => parts.close())
    }
    await generations.serve(number)
    tellServing(number, before, terminal)
    return EXIT.ok
  })

export const dropViews = (config: Config, number: number, terminal: Terminal): Promise<ExitCode> =>
  onGenerationSite(config, async ({ generations }) => {
    if (!(await generations.drop(number))) {
      throw new CommandFailure(
        `There is no generation ${number} that could be deleted: see "rollcall views list"; the one that serves is kept, and so is one that a server still reads`,
        EXIT.usage,
      )
    }
    terminal.print(`Generation ${number} is deleted`)
    return EXIT.ok
  })

export function tellServing(number: number, before: number, terminal: Terminal): void {
  terminal.print(
    `Generation ${number} of the views is to serve: servers go over to it once they have it level`,
  )
  if (before === number) return
  terminal.print(
    `Generation ${before} is kept: "rollcall views serve ${before}" goes back to it, "rollcall views drop ${before}" deletes it`,
  )
}
