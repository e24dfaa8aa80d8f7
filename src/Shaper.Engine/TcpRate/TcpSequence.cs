namespace Shaper.Engine.TcpRate;

/// <summary>Arithmetic on the circle of 32-bit sequence numbers (RFC 9293, 3.4).</summary>
internal static class TcpSequence
{
    /// <summary>How far <paramref name="a"/> lies beyond <paramref name="b"/>; negative when it lies before.</summary>
    public static int Beyond(uint a, uint b) => (int)(a - b);

    public static uint Later(uint a, uint b) => (int)(a - b) > 0 ? a : b;
}
