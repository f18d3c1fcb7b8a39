// Package standby runs two processes of the program on one PostgreSQL database, and takes the active one away: by
// kill -9, by stopping it in the middle of its work, and by ending its connection. Another process must take over, and a
// process that was active must write nothing afterwards.
//
// It knows the program's commands and answers, and nothing of its inside.
package standby
