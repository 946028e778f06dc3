import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { canRun, NEEDED_NODE, pinnedNode, runUnder } from '../../src/cli/runtime.ts'

describe('the runtime', () => {
  test('is this node, and no older one', () => {
    expect(canRun(process.versions.node)).toBe(true)
    expect(canRun('20.20.2')).toBe(false)
    expect(canRun('9.0.0')).toBe(false)
  })

  test('is pinned in a version that can run it', () => {
    const version = execFileSync(pinnedNode() ?? 'none', ['--version'], { encoding: 'utf8' })
    expect(Number.parseInt(version.slice(1), 10)).toBeGreaterThanOrEqual(NEEDED_NODE)
  })

  test('passes on how the other node ended', async () => {
    expect(await runUnder(process.execPath, ['-e', 'process.exit(7)'])).toBe(7)
    expect(await runUnder(process.execPath, ['-e', 'process.kill(process.pid, "SIGTERM")'])).toBe(143)
  })
})
