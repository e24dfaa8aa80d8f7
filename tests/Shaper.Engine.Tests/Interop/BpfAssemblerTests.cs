using Shaper.Engine.Interop;
using Xunit;
using static Shaper.Engine.Interop.BpfRegister;

namespace Shaper.Engine.Tests.Interop;

/// <summary>Instructions against the bytes that clang and bpftool show for them.</summary>
public sealed class BpfAssemblerTests
{
    [Fact]
    public void Instructions_are_encoded_as_the_machine_reads_them() =>
        Assert.Equal(
            [
                "bf 16 00 00 00 00 00 00", // r6 = r1
                "b7 00 00 00 ff ff ff ff", // r0 = -1
                "0f 07 00 00 00 00 00 00", // r7 += r0
                "07 08 00 00 60 79 fe ff", // r8 += -100000
                "67 02 00 00 10 00 00 00", // r2 <<= 16
                "61 12 24 00 00 00 00 00", // r2 = *(u32 *)(r1 + 36)
                "79 67 98 00 00 00 00 00", // r7 = *(u64 *)(r6 + 152)
                "63 36 2c 00 00 00 00 00", // *(u32 *)(r6 + 44) = r3
                "db 19 80 00 00 00 00 00", // lock *(u64 *)(r9 + 128) += r1
                "85 00 00 00 d0 00 00 00", // call 208
                "77 02 00 00 02 00 00 00", // r2 >>= 2
                "57 02 00 00 f0 00 00 00", // r2 &= 240
                "71 a2 b0 ff 00 00 00 00", // r2 = *(u8 *)(r10 - 80)
                "05 00 00 00 00 00 00 00", // goto +0
                "95 00 00 00 00 00 00 00", // exit
            ],
            Bytes(new BpfAssembler()
                .Move(R6, R1)
                .Move(R0, -1)
                .AddRegister(R7, R0)
                .AddValue(R8, -100_000)
                .ShiftLeft(R2, 16)
                .Load32(R2, R1, 36)
                .Load64(R7, R6, 152)
                .Store32(R6, 44, R3)
                .AtomicAdd64(R9, 128, R1)
                .CallHelper(Bpf.HelperKtimeGetTaiNs)
                .ShiftRight(R2, 2)
                .And(R2, 0xf0)
                .Load8(R2, R10, -80)
                .Jump("next")
                .Label("next")
                .Exit()));

    [Fact]
    public void A_map_address_takes_two_slots_and_its_offset_rides_in_the_second() =>
        Assert.Equal(
            ["18 29 00 00 07 00 00 00", "00 00 00 00 10 00 00 00"],
            Bytes(new BpfAssembler().LoadMapAddress(R9, mapDescriptor: 7, offset: 16)));

    [Fact]
    public void Jumps_count_from_the_instruction_after_them_in_either_direction() =>
        Assert.Equal(
            [
                "55 07 02 00 00 00 00 00", // if r7 != 0 goto +2
                "3d 28 01 00 00 00 00 00", // if r8 >= r2 goto +1
                "1d 32 fd ff 00 00 00 00", // if r2 == r3 goto -3
                "95 00 00 00 00 00 00 00",
            ],
            Bytes(new BpfAssembler()
                .Label("top")
                .JumpIf(BpfJump.NotEqual, R7, 0, "end")
                .JumpIf(BpfJump.AtLeast, R8, R2, "end")
                .JumpIf(BpfJump.Equal, R2, R3, "top")
                .Label("end")
                .Exit()));

    [Fact]
    public void A_jump_to_nowhere_is_refused() =>
        Assert.Contains("'x'", Assert.Throws<InvalidOperationException>(() => new BpfAssembler().JumpIf(BpfJump.Equal, R1, 0, "x").Assemble()).Message, StringComparison.Ordinal);

    private static string[] Bytes(BpfAssembler program) =>
        [.. program.Assemble().Select(slot => string.Join(' ', BitConverter.GetBytes(slot).Select(b => b.ToString("x2"))))];
}
