import { type Command, InvalidArgumentError } from 'commander'
import { type Config, type Flags, readConfig } from './config.ts'
import { EXIT, EXIT_CODES_HELP, type ExitCode } from './exitCodes.ts'
import type { Terminal } from './terminal.ts'

/** What every command is given by the program. */
export interface CommandContext {
  readonly terminal: Terminal
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Tells the program the command's exit code. */
  readonly finish: (code: ExitCode) => void
}

/** Ends a command with a message for its user, no stack, and an exit code. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode
  constructor(message: string, exitCode: ExitCode) {
    super(message)
    this.name = 'CommandFailure'
    this.exitCode = exitCode
  }
}

/** The configuration, or a failure that tells all that is wrong with it. */
export function configOf({ environment }: CommandContext, flags: Flags): Config {
  const config = readConfig(environment, flags)
  if (!config.ok) throw new CommandFailure(config.error, EXIT.usage)
  return config.value
}

/** As `configOf`, for a command that works where the servers' log is, or in a folder that is named for it. */
export function placeConfigOf(context: CommandContext, flags: Flags): Config {
  const config = configOf(context, flags)
  return flags.data === undefined ? config : { ...config, log: null, views: null }
}

/**
 * As `configOf`, for a command that knows the embedded engine only: rather than have it work on another log than the servers' it
 * fails where other engines are configured, unless a folder is named. `instead`: what is to be done then.
 */
export function folderConfigOf(
  context: CommandContext,
  flags: Flags,
  instead = 'name the folder with --data',
): Config {
  const config = placeConfigOf(context, flags)
  if (config.log === null) return config
  const message = `ROLLCALL_LOG: this command works on a folder only, not on a log in DynamoDB: ${instead}`
  throw new CommandFailure(message, EXIT.usage)
}

/** The `--data` option, which every command has. */
export const withDataOption = (command: Command): Command =>
  command.option(
    '--data <folder>',
    'the folder of the log and the views (default: ROLLCALL_DATA or .rollcall)',
  )

/** The end of a command's help. */
export const withExamples = (command: Command, ...examples: readonly string[]): Command =>
  command.addHelpText(
    'after',
    `\nExamples:\n${examples.map((line) => `  ${line}\n`).join('')}${EXIT_CODES_HELP}`,
  )

/** Reads an option's value as a whole number; usage fails otherwise. */
export function wholeNumberOption(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
  }
}
