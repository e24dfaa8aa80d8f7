namespace Shaper.Engine.Classify;

/// <summary>A set of differentiated services code points (RFC 2474), one bit each. Empty means "any" in a rule.</summary>
public readonly record struct DscpSet(ulong Bits)
{
    public static DscpSet Of(params ReadOnlySpan<byte> codePoints)
    {
        ulong bits = 0;
        foreach (byte codePoint in codePoints)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(codePoint, (byte)63, nameof(codePoints));
            bits |= 1UL << codePoint;
        }

        return new(bits);
    }

    public bool IsEmpty => Bits == 0;

    public bool Contains(byte codePoint) => (Bits >> codePoint & 1) != 0;
}
