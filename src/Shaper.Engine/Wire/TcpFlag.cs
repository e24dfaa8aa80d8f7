namespace Shaper.Engine.Wire;

/// <summary>Bits of the TCP flag byte (RFC 9293, 3.1).</summary>
public static class TcpFlag
{
    public const byte Fin = 0x01;
    public const byte Syn = 0x02;
    public const byte Reset = 0x04;
    public const byte Push = 0x08;
    public const byte Ack = 0x10;
    public const byte Urgent = 0x20;
    public const byte EcnEcho = 0x40;
    public const byte WindowReduced = 0x80;
}
