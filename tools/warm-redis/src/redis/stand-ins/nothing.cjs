// In the place of parts of ioredis that this tool never uses: its Cluster, its connectors, scripts and scans.
class Nothing {}
exports.default = Nothing
exports.StandaloneConnector = exports.SentinelConnector = Nothing
