namespace Shaper.Engine.Queueing;

/// <summary>Whose share a flow's bytes count against inside a class.</summary>
public enum HostKey : byte
{
    /// <summary>Nobody's: flows share alike whoever they belong to.</summary>
    None = 0,

    /// <summary>The sender's: inside hosts in the outbound direction.</summary>
    Source = 1,

    /// <summary>The receiver's: inside hosts in the inbound direction.</summary>
    Destination = 2,
}
