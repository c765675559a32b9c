import { defineTool, formatOutputPath } from '@initbox/core'
import { options } from './options.ts'
import { defaultFormat } from './output.ts'
import { run } from './run.ts'

export const tool = defineTool({
  name: 'write-pod-ip',
  summary: "writes the Pod's IP addresses and other downward-API facts to files",
  examples: [
    ["the Pod's address as a file", 'POD_IP=10.1.2.3 write-pod-ip --out ip.txt'],
    ['the same as JSON and as variables', 'POD_IP=10.1.2.3 write-pod-ip --out pod.json --out env-file:pod.env'],
    [
      'a line for a configuration file',
      "POD_IP=10.1.2.3 write-pod-ip --template 'listen ${POD_IP}:8080;' --out listen.conf",
    ],
  ],
  options,
  check: ({ fromEnv, fromFile, format, out, template, templateFile }) => {
    const problems: string[] = []
    const templates = [template, templateFile].filter((each) => each !== undefined).length
    const hasTemplate = templates > 0
    const fallback = defaultFormat(out, { format, hasTemplate })
    const used = new Set(out.map((output) => output.format ?? fallback))
    if (fromEnv !== undefined && fromFile !== undefined) problems.push('--from-env and --from-file exclude each other')
    if (templates === 2) problems.push('--template and --template-file exclude each other')
    if (used.has('template') && !hasTemplate) {
      problems.push('the format template needs --template or --template-file')
    }
    if (!used.has('template') && hasTemplate) problems.push('--template is given, but no output has that format')
    const paths = out.map(({ to }) => formatOutputPath(to))
    for (const path of new Set(paths.filter((each, index) => paths.indexOf(each) !== index))) {
      problems.push(`--out ${path} is given twice`)
    }
    return problems
  },
  run,
})
