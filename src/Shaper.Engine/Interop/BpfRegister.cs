namespace Shaper.Engine.Interop;

/// <summary>
/// The eleven registers of the BPF machine. R0 holds results, R1 to R5 arguments (lost across a call), R6 to R9 survive calls,
/// R10 is the read-only frame pointer. Source: RFC 9669, section 2.1.
/// </summary>
public enum BpfRegister : byte
{
    R0,
    R1,
    R2,
    R3,
    R4,
    R5,
    R6,
    R7,
    R8,
    R9,
    R10,
}
