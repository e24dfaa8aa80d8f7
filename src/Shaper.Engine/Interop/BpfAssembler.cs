using System.Globalization;

namespace Shaper.Engine.Interop;

/// <summary>
/// Writes a BPF program instruction by instruction. One call is one instruction (a map address is two slots), so a program reads
/// like its listing and no compiler is needed at build or run time.
/// </summary>
/// <remarks>
/// Jumps name a label, which is placed once, before or after them. <see cref="Assemble"/> resolves them and throws on a label that was
/// never placed: that is a mistake in this repository, not an input. Encoding: RFC 9669; a slot is opcode 8, destination 4, source 4,
/// offset 16 and immediate 32 bits, least significant first.
/// </remarks>
public sealed class BpfAssembler
{
    private const byte ClassLoadImmediate = 0x00;
    private const byte ClassLoad = 0x01;
    private const byte ClassStore = 0x03;
    private const byte ClassJump = 0x05;
    private const byte ClassArithmetic64 = 0x07;

    private const byte SizeWord = 0x00;
    private const byte SizeByte = 0x10;
    private const byte SizeDoubleWord = 0x18;
    private const byte ModeMemory = 0x60;
    private const byte ModeAtomic = 0xc0;
    private const byte FromRegister = 0x08;

    private const byte Add = 0x00;
    private const byte AndOp = 0x50;
    private const byte ShiftLeftOp = 0x60;
    private const byte ShiftRightOp = 0x70;
    private const byte MoveOp = 0xb0;
    private const byte Always = 0x00;
    private const byte Call = 0x80;
    private const byte ExitOp = 0x90;

    /// <summary>Source field of a 64-bit immediate: "the value of this map's first element, at this offset".</summary>
    private const byte PseudoMapValue = 2;

    private readonly List<ulong> _slots = [];
    private readonly Dictionary<string, int> _labels = [];
    private readonly List<(int Slot, string Label)> _jumps = [];

    public BpfAssembler Move(BpfRegister destination, BpfRegister source) =>
        Emit(ClassArithmetic64 | MoveOp | FromRegister, destination, source, 0, 0);

    public BpfAssembler Move(BpfRegister destination, int value) =>
        Emit(ClassArithmetic64 | MoveOp, destination, 0, 0, value);

    /// <summary>destination += source.</summary>
    public BpfAssembler AddRegister(BpfRegister destination, BpfRegister source) =>
        Emit(ClassArithmetic64 | Add | FromRegister, destination, source, 0, 0);

    /// <summary>destination += value (sign-extended).</summary>
    public BpfAssembler AddValue(BpfRegister destination, int value) =>
        Emit(ClassArithmetic64 | Add, destination, 0, 0, value);

    /// <summary>destination moves up by so many bits; zeros follow.</summary>
    public BpfAssembler ShiftLeft(BpfRegister destination, int bits) =>
        Emit(ClassArithmetic64 | ShiftLeftOp, destination, 0, 0, bits);

    /// <summary>destination moves down by so many bits; zeros follow.</summary>
    public BpfAssembler ShiftRight(BpfRegister destination, int bits) =>
        Emit(ClassArithmetic64 | ShiftRightOp, destination, 0, 0, bits);

    /// <summary>destination &amp;= value (sign-extended).</summary>
    public BpfAssembler And(BpfRegister destination, int value) =>
        Emit(ClassArithmetic64 | AndOp, destination, 0, 0, value);

    /// <summary>destination = the 8 bits at source + offset.</summary>
    public BpfAssembler Load8(BpfRegister destination, BpfRegister source, short offset) =>
        Emit(ClassLoad | ModeMemory | SizeByte, destination, source, offset, 0);

    /// <summary>destination = the 32 bits at source + offset.</summary>
    public BpfAssembler Load32(BpfRegister destination, BpfRegister source, short offset) =>
        Emit(ClassLoad | ModeMemory | SizeWord, destination, source, offset, 0);

    /// <summary>destination = the 64 bits at source + offset.</summary>
    public BpfAssembler Load64(BpfRegister destination, BpfRegister source, short offset) =>
        Emit(ClassLoad | ModeMemory | SizeDoubleWord, destination, source, offset, 0);

    /// <summary>The 32 bits at destination + offset = source.</summary>
    public BpfAssembler Store32(BpfRegister destination, short offset, BpfRegister source) =>
        Emit(ClassStore | ModeMemory | SizeWord, destination, source, offset, 0);

    /// <summary>Adds source to the 64 bits at destination + offset, atomically among CPUs.</summary>
    public BpfAssembler AtomicAdd64(BpfRegister destination, short offset, BpfRegister source) =>
        Emit(ClassStore | ModeAtomic | SizeDoubleWord, destination, source, offset, Add);

    /// <summary>destination = address of the first element of an array map, plus an offset in bytes.</summary>
    public BpfAssembler LoadMapAddress(BpfRegister destination, BpfMap map, int offset = 0)
    {
        ArgumentNullException.ThrowIfNull(map);
        return LoadMapAddress(destination, map.Descriptor.Number, offset);
    }

    /// <summary>The same from the map's descriptor number.</summary>
    public BpfAssembler LoadMapAddress(BpfRegister destination, int mapDescriptor, int offset)
    {
        Emit(ClassLoadImmediate | SizeDoubleWord, destination, (BpfRegister)PseudoMapValue, 0, mapDescriptor);
        return Emit(0, 0, 0, 0, offset);
    }

    /// <summary>Calls a kernel helper by its number; the result is in R0, and R1 to R5 are lost.</summary>
    public BpfAssembler CallHelper(int helper) => Emit(ClassJump | Call, 0, 0, 0, helper);

    public BpfAssembler JumpIf(BpfJump condition, BpfRegister left, BpfRegister right, string label)
    {
        _jumps.Add((_slots.Count, label));
        return Emit((byte)(ClassJump | FromRegister | (byte)condition), left, right, 0, 0);
    }

    public BpfAssembler JumpIf(BpfJump condition, BpfRegister left, int right, string label)
    {
        _jumps.Add((_slots.Count, label));
        return Emit((byte)(ClassJump | (byte)condition), left, 0, 0, right);
    }

    public BpfAssembler Jump(string label)
    {
        _jumps.Add((_slots.Count, label));
        return Emit(ClassJump | Always, 0, 0, 0, 0);
    }

    public BpfAssembler Exit() => Emit(ClassJump | ExitOp, 0, 0, 0, 0);

    /// <summary>Ends the program with a result.</summary>
    public BpfAssembler Return(int result) => Move(BpfRegister.R0, result).Exit();

    /// <summary>Names the next instruction.</summary>
    public BpfAssembler Label(string name)
    {
        _labels.Add(name, _slots.Count);
        return this;
    }

    /// <summary>The finished program, one element a slot.</summary>
    public ulong[] Assemble()
    {
        ulong[] program = [.. _slots];
        foreach ((int slot, string label) in _jumps)
        {
            if (!_labels.TryGetValue(label, out int target))
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"No label '{label}' for the jump at {slot}."));
            }

            // A jump counts from the instruction after it.
            program[slot] |= (ulong)(ushort)checked((short)(target - slot - 1)) << 16;
        }

        return program;
    }

    private BpfAssembler Emit(int opcode, BpfRegister destination, BpfRegister source, short offset, int immediate)
    {
        _slots.Add((byte)opcode
            | ((ulong)destination << 8)
            | ((ulong)source << 12)
            | ((ulong)(ushort)offset << 16)
            | ((ulong)(uint)immediate << 32));
        return this;
    }
}
