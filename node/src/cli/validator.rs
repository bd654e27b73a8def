//! `icn validator`: who signs blocks, and changes of that.

use super::{
    client::{ClientError, NodeArgs},
    output::OutputArgs,
    tx::SubmitArgs,
    value::Shown,
};
use codec::DecodeAll as _;
use icn_network::PeerId;
use pallet_validators::MemberInfo;

/// The runtime API that lists validators.
const MEMBERS: &str = "ValidatorsApi_members";

/// List the validators, and change who they are
///
/// Changes need the chain's privileged origin: they are sent as `Sudo.sudo`, by whoever holds the sudo key. They take effect with the
/// block after the one that they are in.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn validator list
  icn validator add 88dc…b0ee --power 10 --peer-id 12D3KooW… --moniker mill --signer //Alice
  icn validator power 88dc…b0ee 20 --signer //Alice
  icn validator rotate 88dc…b0ee 17cb…1469 --peer-id 12D3KooW… --signer //Alice
  icn validator remove 88dc…b0ee --signer //Alice
  icn validator sealing 88dc…b0ee --key 0xa1b2… --proof 0x93f0… --signer //Alice")]
pub struct ValidatorArgs {
    #[command(subcommand)]
    command: ValidatorCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum ValidatorCommand {
    List(ListArgs),
    Add(AddArgs),
    Remove(RemoveArgs),
    Power(PowerArgs),
    Rotate(RotateArgs),
    Sealing(SealingArgs),
}

/// List the validators of the next block
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:\n  icn validator list --output json | jq -r '.[].key'")]
struct ListArgs {
    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Let a key sign blocks
///
/// `icn keys show consensus` and `icn keys show node` tell a node's key and peer id.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  icn validator add 88dc…b0ee --power 10 --peer-id 12D3KooW… --moniker mill --signer //Alice")]
struct AddArgs {
    /// Ed25519 public key, 64 hex digits
    #[arg(value_name = "KEY", value_parser = key)]
    key: Key,

    /// Voting power
    #[arg(long, value_name = "N")]
    power: u64,

    /// Identity of its node on the network
    #[arg(long, value_name = "PEER")]
    peer_id: PeerId,

    /// Name for people, at most 64 bytes
    #[arg(long, value_name = "NAME", default_value = "")]
    moniker: String,

    #[command(flatten)]
    submit: SubmitArgs,
}

/// Let a key sign no more blocks
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:\n  icn validator remove 88dc…b0ee --signer //Alice")]
struct RemoveArgs {
    /// Ed25519 public key, 64 hex digits
    #[arg(value_name = "KEY", value_parser = key)]
    key: Key,

    #[command(flatten)]
    submit: SubmitArgs,
}

/// Give a validator another voting power
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:\n  icn validator power 88dc…b0ee 20 --signer //Alice")]
struct PowerArgs {
    /// Ed25519 public key, 64 hex digits
    #[arg(value_name = "KEY", value_parser = key)]
    key: Key,

    /// Voting power
    #[arg(value_name = "N")]
    power: u64,

    #[command(flatten)]
    submit: SubmitArgs,
}

/// Put a new key in the place of a validator's key
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  icn validator rotate 88dc…b0ee 17cb…1469 --peer-id 12D3KooW… --signer //Alice")]
struct RotateArgs {
    /// The key that signs now
    #[arg(value_name = "OLD", value_parser = key)]
    old: Key,

    /// The key that signs from the next block on
    #[arg(value_name = "NEW", value_parser = key)]
    new: Key,

    /// Identity of the node that has the new key
    #[arg(long, value_name = "PEER")]
    peer_id: PeerId,

    #[command(flatten)]
    submit: SubmitArgs,
}

/// Name the key with which a validator seals trust bundles, from the next epoch on
///
/// `icn keys sealing` on the validator's machine tells the key and the proof. A validator that joins seals nothing before.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  icn validator sealing 88dc…b0ee --key 0xa1b2… --proof 0x93f0… --signer //Alice")]
struct SealingArgs {
    /// Ed25519 public key of the validator, 64 hex digits
    #[arg(value_name = "VALIDATOR", value_parser = key)]
    validator: Key,

    /// The sealing key, 96 hex digits
    #[arg(long, value_name = "KEY")]
    key: icn_trust::bls::PublicKey,

    /// The proof that its secret is known, 192 hex digits
    #[arg(long, value_name = "PROOF")]
    proof: icn_trust::bls::Signature,

    #[command(flatten)]
    submit: SubmitArgs,
}

/// An Ed25519 public key.
#[derive(Clone, Copy, Debug)]
struct Key([u8; 32]);

fn key(text: &str) -> Result<Key, &'static str> {
    let mut key = [0; 32];
    let digits = text.strip_prefix("0x").unwrap_or(text);
    hex::decode_to_slice(digits, &mut key).map_err(|_| "an Ed25519 public key is 64 hex digits")?;
    Ok(Key(key))
}

impl ValidatorArgs {
    /// Runs the command.
    ///
    /// # Errors
    /// When the node does not answer, or the transaction fails.
    pub async fn run(&self) -> Result<(), ClientError> {
        match &self.command {
            ValidatorCommand::List(args) => args.run().await,
            ValidatorCommand::Add(AddArgs { key, power, peer_id, moniker, submit }) => {
                let (peer, moniker) = (peer_bytes(peer_id), Shown::hex(moniker).inline());
                let fields = format!("key: {}, power: {power}, peer_id: {peer}, moniker: {moniker}", digits(key));
                privileged(submit, "join", &fields).await
            }
            ValidatorCommand::Remove(RemoveArgs { key, submit }) => {
                privileged(submit, "leave", &format!("key: {}", digits(key))).await
            }
            ValidatorCommand::Power(PowerArgs { key, power, submit }) => {
                privileged(submit, "set_power", &format!("key: {}, power: {power}", digits(key))).await
            }
            ValidatorCommand::Rotate(RotateArgs { old, new, peer_id, submit }) => {
                let (old, new, peer) = (digits(old), digits(new), peer_bytes(peer_id));
                privileged(submit, "rotate", &format!("old_key: {old}, new_key: {new}, new_peer_id: {peer}")).await
            }
            ValidatorCommand::Sealing(SealingArgs { validator, key, proof, submit }) => {
                let fields = format!("validator: {}, key: 0x{key}, proof: 0x{proof}", digits(validator));
                submit.run("Sudo.sudo", &[format!("call=Trust.set_key{{{fields}}}")]).await
            }
        }
    }
}

fn digits(key: &Key) -> String {
    format!("0x{}", hex::encode(key.0))
}

/// A peer id as the chain keeps it: its text, in hex as `icn tx` reads bytes.
fn peer_bytes(peer: &PeerId) -> String {
    format!("0x{}", hex::encode(peer.to_base58()))
}

/// Sends a call of the validators' pallet by the privileged origin.
async fn privileged(submit: &SubmitArgs, call: &str, fields: &str) -> Result<(), ClientError> {
    submit.run("Sudo.sudo", &[format!("call=Validators.{call}{{{fields}}}")]).await
}

impl ListArgs {
    async fn run(&self) -> Result<(), ClientError> {
        let connection = self.node.connect().await?;
        let bytes = connection.call_runtime(MEMBERS).await?;
        let members = Vec::<MemberInfo>::decode_all(&mut &bytes[..]);
        let members = members.map_err(|_| ClientError::Answer { method: MEMBERS })?;
        let text = |text: &str| Shown::Text(text.into());
        let shown = members.iter().map(|member| {
            Shown::map([
                ("moniker", text(&member.moniker)),
                ("key", Shown::Word(hex::encode(member.key))),
                ("address", Shown::Word(hex::encode_upper(member.address))),
                ("power", Shown::wide(member.power)),
                ("peer_id", text(&member.peer_id)),
                ("missed", Shown::integer(member.missed)),
            ])
        });
        self.output.print(&Shown::List(shown.collect())).map_err(ClientError::Terminal)
    }
}
