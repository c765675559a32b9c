import { Redactor } from '@initbox/core'
import { describe, expect, test } from 'vitest'
import { proxyOf } from './proxy.ts'

const proxy = 'http://proxy:3128'

describe('proxyOf', () => {
  test.each([
    ['http://web/', { http_proxy: proxy }, proxy],
    ['http://web/', { HTTP_PROXY: proxy }, proxy],
    ['http://web/', { https_proxy: proxy }, undefined],
    ['https://web/', { HTTPS_PROXY: 'proxy:3128' }, proxy],
    ['http://web/', { http_proxy: proxy, no_proxy: '*' }, undefined],
    ['http://web/', { http_proxy: proxy, NO_PROXY: 'a, web' }, undefined],
    ['http://web.svc.cluster.local/', { http_proxy: proxy, no_proxy: '.cluster.local' }, undefined],
    ['http://web.svc.cluster.local/', { http_proxy: proxy, no_proxy: 'luster.local' }, proxy],
    ['http://web:8080/', { http_proxy: proxy, no_proxy: 'web:9090' }, proxy],
    ['http://web:8080/', { http_proxy: proxy, no_proxy: 'web:8080' }, undefined],
    ['http://10.1.2.3/', { http_proxy: proxy, no_proxy: '10.0.0.0/8' }, undefined],
    ['http://11.1.2.3/', { http_proxy: proxy, no_proxy: '10.0.0.0/8,10.0.0.0/99' }, proxy],
    ['http://[fd00::7]/', { http_proxy: proxy, no_proxy: 'fd00::/8' }, undefined],
    ['http://localhost/', { http_proxy: proxy }, undefined],
  ])('%s with %j', (url, environment, expected) => {
    expect(proxyOf(new URL(url), environment, new Redactor())?.origin).toBe(expected)
  })

  test('refuses what is no proxy without quoting it, and redacts its password', () => {
    expect(() => proxyOf(new URL('http://web'), { http_proxy: 'socks5://u:secret@x' }, new Redactor())).toThrow(
      'goes through $http_proxy, which is no http proxy',
    )
    const redactor = new Redactor()
    proxyOf(new URL('http://web'), { http_proxy: 'http://u:sec%40ret@x' }, redactor)
    expect(redactor.redact('sec@ret')).toBe('[redacted]')
  })
})
