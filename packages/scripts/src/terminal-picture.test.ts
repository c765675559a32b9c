import { expect, test } from 'vitest'
import { terminalPicture } from './terminal-picture.ts'

test('each line is one text, escaped, with its command and its bar marked', () => {
  const svg = terminalPicture('$ curl <url>\n  nginx  main  |  >>|\n', 'demo')
  expect([...svg.matchAll(/<text.*<\/text>/g)].map(([line]) => line)).toEqual([
    '<text class="command" x="14" y="27.5" xml:space="preserve">$ curl &lt;url&gt;</text>',
    '<text x="14" y="45.5" xml:space="preserve">  nginx  main  |  <tspan class="bar">&gt;&gt;</tspan>|</text>',
  ])
})
