import { EXIT, type ExitCode } from '../src/cli/exitCodes.ts'

/** Something that its user can do something about: told without a stack trace. */
export class StackFailure extends Error {
  override readonly name = 'StackFailure'
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode = EXIT.unavailable) {
    super(message)
    this.exitCode = exitCode
  }
}
