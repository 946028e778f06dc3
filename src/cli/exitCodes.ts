/** What a command's process ends with. The help of every command lists them. */
export const EXIT = {
  ok: 0,
  badInput: 1,
  usage: 2,
  unavailable: 3,
  problems: 4,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export const EXIT_CODES_HELP = `
Exit codes:
  ${EXIT.ok}  it went well
  ${EXIT.badInput}  some input was bad; what was good has been done
  ${EXIT.usage}  wrong usage or configuration; nothing was done
  ${EXIT.unavailable}  something that is needed was not available, or failed
  ${EXIT.problems}  verify, restore or copy found problems, and told them`
