// Package preferences is the settings window as data: its tabs, rows and
// controls, what each control changes, and where it stands. Like the menu it is
// drawn by a screen that knows nothing of settings: AppKit, or the tool that makes
// the picture of the README.
//
// It promises that Build and Layout are pure, that each control is bound to the
// same keys and values that the command line shows, that a change is refused
// with an error that names its key or else applied as a whole, and that no two
// things of a layout overlap or leave the window.
//
// # How a screen uses it
//
// A screen builds a Window whenever the snapshot, the settings or its own Env
// changed, and shows the tab that the person chose:
//
//	w := preferences.Build(snapshot, settings, env, now)
//	page := preferences.Layout(tab, preferences.WidthFor(metrics), metrics)
//
// The page is a list of frames with Frame.Key as identity. A screen keeps one
// view per key: for each frame it makes the view if there is none, sets its
// frame and, for texts, Frame.Lines joined by line breaks; views whose key is
// gone are removed. Frames are alignment rectangles in points with the origin
// in the upper left corner. With AppKit the content view is flipped, or
// y becomes page.Height-y-h, and the rectangle goes through
// frameForAlignmentRect: of the view before setFrame:. The screen gives Layout a
// TextMetrics that measures with the fonts it draws with. A page that is higher
// than the screen goes into a scroll view.
//
// Kinds of controls and what they are in AppKit: KindCheckbox an NSButton of
// type switch (Value "on", "off", "mixed"); KindPopup an NSPopUpButton; KindNumber
// an NSTextField with an NSStepper beside it and a label with the unit (PartField,
// PartStepper, PartUnit); KindText an NSTextField that sends on end of editing;
// KindButton a push button; KindTable a view-based NSTableView in a scroll view with a
// bezel, one row selected whenever there is one; KindStatic a label that can be
// selected; KindLink a button without border in link colour; KindIcon an image view
// with the app's icon.
//
// Diff tells what differs between two builds of a tab. Unless Changes.Rebuild is
// set, only values and texts do: the screen sets those of Changes.Rows in place
// and lays out anew, so that neither the keyboard focus nor a text being edited
// is lost. A field in which somebody is typing keeps its text. After a rebuild
// the focus goes to the control with the same ID, if it is still there.
//
// What a person does becomes one of three things, see Control.Do: an Edit of the
// settings, carried out by Apply within settings.Keeper.Update (or by Keep), or a command to the engine, or an action of the
// program. Ask first when Control.Confirm is set. After it the screen selects
// what Control.Then names. A refused change goes into Env.Errors under the
// control's ID, in the words of ErrorText, and is shown at its row at the next
// build; the screen keeps what was typed and forgets the error at the next change
// of that control.
//
// Selecting a line of a table sets Env.Selected[table's ID] to the entry's ID; the
// rows below the table then are those of that entry.
//
// The order of controls in a tab, as KeyOrder returns it, is the order of the Tab
// key. Each control has an Accessibility text to be read aloud, and each cell with a
// tick too; helps and errors are the control's accessibilityHelp.
package preferences
