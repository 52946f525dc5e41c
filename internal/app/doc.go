// Package app is the composition root: it chooses backend and screen, wires
// engine, settings, control socket and log, and owns start and shutdown.
//
// It promises that a start never waits for the system's VPN services, that a
// part that can't work (a settings file that can't be written, a socket
// that can't be opened) is reported as a problem and stops nothing else, that a
// second instance hands over to the first, and that the end of the program
// writes what was set, closes all sessions and leaves every VPN as it is.
package app
