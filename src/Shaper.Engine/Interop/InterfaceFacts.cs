namespace Shaper.Engine.Interop;

/// <summary>What the kernel says of a network interface right now.</summary>
/// <param name="Index">The kernel's number; a re-created interface of the same name has another.</param>
/// <param name="MtuBytes">Longest payload after the Ethernet header.</param>
/// <param name="IsUp">Administratively up.</param>
/// <param name="HasCarrier">Up and with a link.</param>
public readonly record struct InterfaceFacts(int Index, int MtuBytes, bool IsUp, bool HasCarrier);
