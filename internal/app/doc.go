// Package app is the composition root: it chooses backend and screen, wires
// engine, settings, control socket and log, and owns start and shutdown.
//
// Starting never waits for the system's VPN services. A part that can't work,
// such as a settings file that can't be written or a socket that can't be
// opened, is reported as a problem and stops nothing else. A second instance
// hands over to the first. Shutdown writes pending state, closes all sessions
// and leaves every VPN as it is.
package app
