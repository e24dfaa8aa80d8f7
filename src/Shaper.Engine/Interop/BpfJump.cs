namespace Shaper.Engine.Interop;

/// <summary>Conditions of a 64-bit BPF jump, unsigned unless the name says otherwise, as encoded in the upper four bits of the opcode.</summary>
/// <remarks>Source: RFC 9669, section 4.3.</remarks>
public enum BpfJump : byte
{
    Equal = 0x10,
    Above = 0x20,
    AtLeast = 0x30,

    /// <summary>Left and right have a bit in common.</summary>
    AnyBitSet = 0x40,
    NotEqual = 0x50,
    Below = 0xa0,
    AtMost = 0xb0,
}
