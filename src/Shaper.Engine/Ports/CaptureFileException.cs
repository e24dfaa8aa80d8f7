namespace Shaper.Engine.Ports;

/// <summary>A capture file that cannot be read to its end; the message is one line that names the file, the frame and what would be accepted.</summary>
public sealed class CaptureFileException : Exception
{
    public CaptureFileException()
    {
    }

    public CaptureFileException(string message)
        : base(message)
    {
    }

    public CaptureFileException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
