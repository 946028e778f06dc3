import type { Soon } from '../domain/soon.ts'
import type { CommandLog, LogReader } from '../log/EventLog.ts'

type Reads = Pick<LogReader, 'head' | 'seqs' | 'claimOwner' | 'recall' | 'read'>

/**
 * The log, each thing read from it once: for work that ends in commits conditioned on what was read, so that a read which has
 * meanwhile become old makes them lose the race, and nothing worse. Make a new one for another attempt.
 */
export function readOnce(log: CommandLog): CommandLog {
  const answers = new Map<string, Soon<unknown>>()
  function once<Name extends keyof Reads>(name: Name): CommandLog[Name] {
    const read = (log[name] as (...args: readonly unknown[]) => Soon<unknown>).bind(log)
    return ((...args: readonly unknown[]) => {
      // No argument but the last holds a comma.
      const key = `${name} ${args.join()}`
      let answer = answers.get(key)
      if (answer === undefined) {
        answer = read(...args)
        answers.set(key, answer)
        if (answer instanceof Promise) {
          const keep = (value: unknown) => void answers.set(key, value)
          // Who asked hears of a rejection.
          answer.then(keep, () => {})
        }
      }
      return answer
    }) as unknown as CommandLog[Name]
  }
  return {
    head: once('head'),
    seqs: once('seqs'),
    claimOwner: once('claimOwner'),
    recall: once('recall'),
    read: once('read'),
    commit: (commit) => log.commit(commit),
  }
}
