namespace Shaper.Engine.Ports;

/// <summary>A port that cannot be opened: one line that names the port, the reason and, where there is one, the remedy. Never thrown for a frame.</summary>
public sealed class PortException : IOException
{
    public PortException(string port, string message, Exception? cause = null)
        : base($"{port}: {message}", cause) => Port = port;

    /// <summary>Name of the interface or path of the file.</summary>
    public string Port { get; }
}
