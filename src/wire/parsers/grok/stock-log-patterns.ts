/** Lines of common programs; the fields have the names that records use. */
export const LOG_PATTERNS: Readonly<Record<string, string>> = {
  // Syslog
  PROG: '[!-Z\\\\^-~]+',
  SYSLOGHOST: '%{IPORHOST}',
  SYSLOGPRI: '<%{NONNEGINT:priority:int}>',
  SYSLOGPROG: '(?:%{SYSLOGPROGNAME:component})(?:\\[%{NONNEGINT:pid:int}\\])?',
  SYSLOGPROGNAME: '[\\w./()@-]+',
  SYSLOGBASE: '%{SYSLOGTIMESTAMP:timestamp} %{SYSLOGHOST:host} %{SYSLOGPROG}:',
  SYSLOGLINE: '%{SYSLOGBASE} %{GREEDYDATA:message}',
  SYSLOG5424SD: '(?:\\[[^\\]]*\\])+',
  CRONACTION: '[A-Z]+(?: [A-Z]+)*',
  CRONLOG: '%{SYSLOGBASE} \\(%{USER:user_id}\\) %{CRONACTION:action} \\(%{DATA:message}\\)',
  // Web servers
  HTTPDUSER: '[\\w.@%+=-]+',
  REQUESTLINE: '%{HTTPMETHOD:method} %{NOTSPACE:path} HTTP/%{NUMBER:http_version}',
  COMMONAPACHELOG:
    '%{IPORHOST:client_ip} %{HTTPDUSER:ident} %{HTTPDUSER:user_id} \\[%{HTTPDATE:timestamp}\\] "(?:%{REQUESTLINE}|%{INQUOTES:request})" (?:%{HTTPSTATUS:status:int}|-) (?:%{NONNEGINT:bytes:int}|-)',
  COMBINEDAPACHELOG: '%{COMMONAPACHELOG} "%{INQUOTES:referrer}" "%{INQUOTES:user_agent}"',
  NGINXACCESS: '%{COMBINEDAPACHELOG}(?: %{NUMBER:request_time})?',
  NGINXERROR:
    '%{TIMESTAMP_SLASHED:timestamp} \\[%{LOGLEVEL:level}\\] %{NONNEGINT:pid:int}#%{NONNEGINT:tid:int}: (?:\\*%{NONNEGINT:connection:int} )?%{GREEDYDATA:message}',
  HTTPD_ERRORLOG:
    '\\[%{HTTPDERROR_DATE:timestamp}\\] \\[(?:%{WORD:module}:)?%{LOGLEVEL:level}\\] (?:\\[pid %{NONNEGINT:pid:int}(?::tid %{NONNEGINT:tid:int})?\\] )?(?:\\[client %{IPORHOST:client_ip}(?::%{PORT:client_port:int})?\\] )?%{GREEDYDATA:message}',
  HAPROXYTIME: '%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME}',
  HAPROXYHTTP:
    '%{IP:client_ip}:%{PORT:client_port:int} \\[%{HAPROXYTIME:accepted}\\] %{NOTSPACE:frontend} %{NOTSPACE:backend}/%{NOTSPACE:server} %{INT:wait_request:int}/%{INT:wait_queue:int}/%{INT:wait_connect:int}/%{INT:wait_response:int}/\\+?%{INT:duration_ms:int} %{INT:status:int} \\+?%{INT:bytes:int}',
  ELBHTTP:
    '%{TIMESTAMP_ISO8601:timestamp} %{NOTSPACE:balancer} %{IP:client_ip}:%{PORT:client_port:int} (?:%{HOSTPORT:backend}|-) %{NUMBER:request_s:float} %{NUMBER:backend_s:float} %{NUMBER:response_s:float} %{INT:status:int}',
  // Programming languages
  JAVACLASS: '[A-Za-z_$][\\w$]*(?:\\.[A-Za-z_$][\\w$]*)*',
  JAVAFILE: '[\\w$-]+\\.(?:java|kt|scala|groovy)',
  JAVAMETHOD: '(?:<(?:cl)?init>|[\\w$]+)',
  JAVASTACKTRACEPART:
    'at %{JAVACLASS:class}\\((?:%{JAVAFILE:file}(?::%{NONNEGINT:line:int})?|Native Method|Unknown Source)\\)',
  JAVATHREAD: '[^\\]\\[]+',
  JAVALOGMESSAGE: '.*',
  LOG4J:
    '%{TIMESTAMP_ISO8601:timestamp} +%{LOGLEVEL:level} +\\[%{JAVATHREAD:thread}\\] %{JAVACLASS:component} - %{JAVALOGMESSAGE:message}',
  SPRINGBOOT:
    '%{TIMESTAMP_ISO8601:timestamp} +%{LOGLEVEL:level} %{NONNEGINT:pid:int} --- \\[%{JAVATHREAD:thread}\\] %{JAVACLASS:component} +: %{JAVALOGMESSAGE:message}',
  PYTHONLOG:
    '%{TIMESTAMP_ISO8601:timestamp} - %{KEY:component} - %{LOGLEVEL:level} - %{GREEDYDATA:message}',
  GOLOG:
    '%{TIMESTAMP_SLASHED:timestamp} (?:%{FILENAME:file}:%{NONNEGINT:line:int}: )?%{GREEDYDATA:message}',
  RUBY_LOGGER:
    '[DFEWIAU], \\[%{TIMESTAMP_ISO8601:timestamp} #%{NONNEGINT:pid:int}\\] +%{LOGLEVEL:level} -- (?:%{KEY:component})?: %{GREEDYDATA:message}',
  // Databases and queues
  POSTGRESQL:
    '%{TIMESTAMP_ISO8601:timestamp} %{TZ:zone} \\[%{NONNEGINT:pid:int}\\] (?:%{USER:user_id}@%{USER:database} )?%{WORD:level}: +%{GREEDYDATA:message}',
  MYSQLERROR:
    '%{TIMESTAMP_ISO8601:timestamp} %{NONNEGINT:thread:int} \\[%{WORD:level}\\](?: \\[%{NOTSPACE:error_code}\\] \\[%{WORD:component}\\])? %{GREEDYDATA:message}',
  REDISLOG:
    '%{NONNEGINT:pid:int}:[XCSM] %{MONTHDAY:day} %{MONTH:month} %{YEAR4:year} %{TIME:time} [.*#-] %{GREEDYDATA:message}',
  RABBITMQ:
    '%{TIMESTAMP_ISO8601:timestamp} \\[%{LOGLEVEL:level}\\] <%{NOTSPACE:process}> %{GREEDYDATA:message}',
  // Network devices
  CISCOTAG: '[A-Z0-9_]+-\\d-[A-Z0-9_]+',
  CISCOLOG: '%{CISCOTIMESTAMP:timestamp}: %%{CISCOTAG:event}: %{GREEDYDATA:message}',
  NETFILTERMAC: '%{COMMONMAC}:%{COMMONMAC}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}',
  IPTABLES:
    'IN=(?:%{INTERFACE:in})? OUT=(?:%{INTERFACE:out})? (?:MAC=%{NOTSPACE:mac} )?SRC=%{IP:source_ip} DST=%{IP:target_ip} LEN=%{NONNEGINT:length:int}',
  DNSQUERY:
    'client (?:@0x[0-9a-f]+ )?%{IP:client_ip}#%{PORT:client_port:int} \\(%{HOSTNAME:name}\\): query: %{HOSTNAME:query} %{WORD:class} %{WORD:type}',
};
