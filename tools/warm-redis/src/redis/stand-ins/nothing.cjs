// In the place of parts of ioredis that this tool never uses: its Cluster, its connectors, scripts and scans.
exports.default = function nothing() {}
