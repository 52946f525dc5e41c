//go:build !darwin

package cocoa

func present(Part) bool { return false }
