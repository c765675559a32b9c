import { defineTool } from '@initbox/core'
import { options } from './options.ts'
import { run } from './run.ts'

export const tool = defineTool({
  name: 'render-template',
  summary: 'renders text templates from the environment and from files of the volume',
  examples: [
    ['one file of a ConfigMap', 'API_URL=http://api render-template --in /templates/app.yaml --out app.yaml'],
    [
      'only one variable, as envsubst does with its list',
      'UPSTREAM=backend render-template --in /templates/nginx.conf --out nginx.conf --only UPSTREAM',
    ],
    ['a text, to look at it', "NAME=world render-template --template 'Hello, ${NAME}' --out -"],
  ],
  options,
  check: ({ in: path, template }) => {
    if (path === undefined && template === undefined) return ['--in or --template is missing']
    if (path !== undefined && template !== undefined) return ['--in and --template exclude each other']
    return []
  },
  run,
})
