import { expect, test } from 'vitest'
import { credentialParameters } from '../credentials.ts'
import { commonParameters } from '../parameters.ts'
import { optionalTls, tlsParameters } from '../wire/tls-parameters.ts'
import { probes } from './index.ts'

const shared: Readonly<Record<string, unknown>> = { ...credentialParameters, ...optionalTls, ...tlsParameters }

test.each(Object.keys(probes))('%s: no parameter hides another', async (scheme) => {
  const { probe } = (await probes[scheme]?.()) ?? {}
  const parameters = Object.entries(probe?.parameters ?? {})
  expect(parameters.filter(([name]) => name in commonParameters)).toEqual([])
  // What all protocols call alike is the same thing in each.
  expect(parameters.filter(([name, option]) => name in shared && option !== shared[name])).toEqual([])
})
