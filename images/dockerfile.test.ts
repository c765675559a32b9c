import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tools } from './tools.ts'

const stages = readFileSync(new URL('Dockerfile', import.meta.url), 'utf8').split(/^FROM /m)

test.each(Object.keys(tools))(
  'the Dockerfile has a stage for %s that says what the tool says of itself',
  async (name) => {
    const { tool }: { tool: { summary: string } } = await import(
      join(import.meta.dirname, '../tools', name, 'src/tool.ts')
    )
    const stage = stages.find((each) => each.startsWith(`common AS ${name}\n`))
    expect(stage?.trimEnd().split('\n')).toEqual([
      `common AS ${name}`,
      `LABEL org.opencontainers.image.title="${name}" \\`,
      `      org.opencontainers.image.description="${tool.summary}"`,
      `COPY ${name}/ /`,
      'WORKDIR /init',
      'USER 65532:65532',
      `ENTRYPOINT ["/nodejs/bin/node", "/app/${name}.cjs"]`,
    ])
  },
)
