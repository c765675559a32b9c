import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { container } from './manifest/container-shape.ts'
import { podSpec } from './manifest/pod-shape.ts'
import { probe } from './manifest/probe-shape.ts'
import { podSecurityContext, securityContext } from './manifest/security-shape.ts'
import { volume, volumeMount } from './manifest/volume-shape.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

test.each(Object.entries({ podSpec, container, probe, podSecurityContext, securityContext, volume, volumeMount }))(
  'README tells of every field of %s',
  (_name, { fields }) => {
    // These are named with what holds them, or go without saying.
    const obvious = new Set(['name', 'mountPath', 'mountPropagation', 'recursiveReadOnly'])
    const words = new Set(readme.match(/`[^`\n]+`/g)?.flatMap((code) => code.match(/[\w-]+/g) ?? []))
    expect(Object.keys(fields).filter((field) => !words.has(field) && !obvious.has(field))).toEqual([])
  },
)
