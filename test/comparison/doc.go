// Package comparison runs reconnect policies against the same thirty days of
// faults, in virtual time, and counts what each of them costs.
//
// The comparison is fair: every contestant sees the same simulated Mac, the
// same user and the same faults, drawn from documented distributions and a
// seed. The contestants are the policy of this program with its whole engine,
// that of Timac's VPNStatus, and that of NetworkManager. The package has tests
// only; docs/policy.md keeps the last table.
package comparison
