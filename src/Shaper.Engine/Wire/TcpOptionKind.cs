namespace Shaper.Engine.Wire;

/// <summary>TCP option kinds (IANA "TCP Parameters") that steering asks for.</summary>
public static class TcpOptionKind
{
    public const byte End = 0;
    public const byte NoOperation = 1;
    public const byte MaximumSegmentSize = 2;
    public const byte WindowScale = 3;
    public const byte SackPermitted = 4;
    public const byte Sack = 5;
    public const byte Timestamps = 8;

    /// <summary>TCP Fast Open cookie (RFC 7413).</summary>
    public const byte FastOpen = 34;
}
