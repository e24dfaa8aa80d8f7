namespace Shaper.Host.Lab;

/// <summary>The lab could not be built or run; the message is one line for the user.</summary>
public sealed class LabException : Exception
{
    public LabException(string message)
        : base(message)
    {
    }

    public LabException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
