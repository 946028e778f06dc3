import { setTimeout as delay } from 'node:timers/promises'
import type { Reply } from './AwsProxy.ts'
import type { Hazard } from './Hazards.ts'

/** As AWS's JSON services say that they did not do it. */
export const refusal = (type: string, message: string, more: Record<string, unknown> = {}): Reply => ({
  status: 400,
  body: { __type: type, message, ...more },
})

export const drawn = <A>(all: readonly A[]): A => all[Math.floor(Math.random() * all.length)] as A

/** It is done, and nobody hears of it. */
export const answerIsLost: Hazard = async ({ forward }, hit) => {
  await forward()
  hit()
  return null
}

/** Nobody hears of it, and it was never done. */
export const requestIsLost: Hazard = async (_, hit) => {
  hit()
  return null
}

/** It is done, and the client waits for as long as it likes. */
export const neverAnswered: Hazard = async ({ forward, hungUp }, hit) => {
  await forward()
  hit()
  await hungUp()
  return null
}

/** Some come so late that nobody waits any more, and are done all the same. */
export const late: Hazard = async ({ forward }, hit) => {
  hit()
  await delay(drawn([50, 300, 1_000, 3_500]))
  return forward()
}
