namespace Shaper.Engine.Shaping.Framing;

/// <summary>Cipher of ESP; it decides the initialisation vector, the alignment and, for GCM, the integrity value.</summary>
public enum EspCipher : byte
{
    /// <summary>AES-CBC (RFC 3602): vector and alignment of 16 bytes, integrity from a hash of its own.</summary>
    AesCbc = 0,

    /// <summary>AES-GCM with a value of 16 bytes (RFC 4106): vector of 8, alignment of 4, no hash.</summary>
    AesGcm = 1,
}
