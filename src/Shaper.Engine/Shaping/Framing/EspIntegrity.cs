namespace Shaper.Engine.Shaping.Framing;

/// <summary>Hash of ESP beside AES-CBC; the number is the bytes of its value on the wire (RFC 2404, RFC 4868).</summary>
public enum EspIntegrity : byte
{
    Sha1 = 12,
    Sha256 = 16,
    Sha384 = 24,
    Sha512 = 32,
}
