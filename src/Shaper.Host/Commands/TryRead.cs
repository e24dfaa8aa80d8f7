namespace Shaper.Host.Commands;

/// <summary>Reads a value from its text form.</summary>
internal delegate bool TryRead<T>(string text, out T value);
