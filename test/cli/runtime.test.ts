import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { canRun, NEEDED_NODE, NODE_FLAGS, pinnedNode, runUnder } from '../../src/cli/runtime.ts'

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

  test('is started with its flags by npm, as a command, and in a container', () => {
    const read = (file: string) => readFileSync(join(import.meta.dirname, '../..', file), 'utf8')
    const { scripts } = JSON.parse(read('package.json'))
    expect(scripts.start).toContain(['node', ...NODE_FLAGS, 'dist/cli/main.js'].join(' '))
    expect(read('src/cli/main.ts').split('\n')[0]).toBe(['#!/usr/bin/env -S node', ...NODE_FLAGS].join(' '))
    const entry = /^ENTRYPOINT (.*)$/m.exec(read('infra/Dockerfile'))?.[1] ?? '[]'
    expect(JSON.parse(entry)).toEqual(['node', ...NODE_FLAGS, 'dist/cli/main.js'])
  })

  test('passes on how the other node ended', async () => {
    expect(await runUnder(process.execPath, ['-e', 'process.exit(7)'])).toBe(7)
    expect(await runUnder(process.execPath, ['-e', 'process.kill(process.pid, "SIGTERM")'])).toBe(143)
  })
})
