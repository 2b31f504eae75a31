module watchkeeper/outsiders

go 1.22

require (
	github.com/elastic/go-elasticsearch/v8 v8.11.1
	github.com/elastic/go-lumber v0.1.0
	github.com/fluent/fluent-logger-golang v1.9.0
)

require (
	github.com/bmizerany/assert v0.0.0-20160611221934-b7ed37b82869 // indirect
	github.com/elastic/elastic-transport-go/v8 v8.3.0 // indirect
	github.com/klauspost/compress v1.16.7 // indirect
	github.com/kr/pretty v0.3.1 // indirect
	github.com/philhofer/fwd v1.1.2 // indirect
	github.com/tinylib/msgp v1.1.9 // indirect
)
